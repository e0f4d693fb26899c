# What the numbers of a server and a client are worth: the bench's programs, and the servers that it compares ours with,
# in C++ with gRPC's own library and in Go. Nothing else needs them. The Makefile includes it.

BENCHES := $(addprefix $(B)/bench/,raw-reader ceiling-send ceiling-receive idle-sessions sequence-cost)
PEERS   := $(B)/bench/peer-callback $(B)/bench/peer-go

bench: ## measure against the ceilings and peers, in 15 minutes: table, build/bench/bench.json and bench.svg
bench-quick: ## the same with fewer rows and shorter runs, in a minute: build/bench/quick.json and quick.svg
bench-quick: private QUICK := --quick
bench bench-quick: $(B)/comms-server $(B)/comms-client $(BENCHES) $(PEERS)
	@exec $(PYTHON) -B test/bench/bench.py --build $(B) $(QUICK) $(ARGS)

# ---- Programs in C ---------------------------------------------------------------------------------------------------

$(BENCHES): $(SHARED) $(addprefix $(B)/test/bench/,usage.o bench_program.o)
$(B)/bench/raw-reader:      $(addprefix $(B)/,test/bench/raw_reader.o test/bench/http2.o test/bench/tls.o client/measure/histogram.o)
$(B)/bench/ceiling-send:    $(B)/test/bench/ceiling_send.o
$(B)/bench/ceiling-receive: $(B)/test/bench/ceiling_receive.o
$(B)/bench/sequence-cost:   $(B)/test/bench/sequence_cost.o
# It measures for how long the server's own code holds its locks.
$(B)/bench/idle-sessions:   $(CORE) $(addprefix $(B)/test/bench/,idle_sessions.o live_reader.o reaper_clock.o http2.o tls.o)
$(B)/bench/idle-sessions:   private LIBS += -Wl,--wrap=pthread_mutex_lock -Wl,--wrap=pthread_mutex_unlock
$(BENCHES): $(B)/flags
	$(link)

# ---- The server in C++ -----------------------------------------------------------------------------------------------

CXXFLAGS     ?= -O2 -g
PEER_PB      := $(B)/bench/proto/comms
PEER_COMPILE  = $(CXX) -std=c++17 -pthread -I. -isystem $(B)/bench/proto $(SETUP_BENCH_CXXFLAGS) $(CPPFLAGS) \
                $(CXXFLAGS) $(INSTRUMENT)
PEER_OBJECTS := $(B)/bench/peer_callback.o $(PEER_PB).pb.o $(PEER_PB).grpc.pb.o

# The numbers are from our own generator, in C: it is not what is compared.
$(B)/bench/peer-callback: $(PEER_OBJECTS) $(B)/shared/protocol/go_rand.o
	$(call quiet,LD,$@)$(CXX) $(CXXFLAGS) -pthread $(INSTRUMENT) $(LDFLAGS) -o $@ $^ $(SETUP_BENCH_LIBS)

$(B)/bench/%.o: test/bench/%.cc $(B)/flags $(PEER_PB).grpc.pb.h
	@mkdir -p $(@D)
	$(call quiet,CXX,$<)$(PEER_COMPILE) -Wall -Wextra $(WERROR) -MMD -MP -c -o $@ $<

$(PEER_PB).%.o: $(PEER_PB).%.cc $(B)/flags $(PEER_PB).grpc.pb.h
	$(call quiet,CXX,$<)$(PEER_COMPILE) -w -c -o $@ $<

$(PEER_PB).pb.cc $(PEER_PB).grpc.pb.cc $(PEER_PB).grpc.pb.h &: proto/comms.proto
	@mkdir -p $(@D)
	$(call quiet,PROTOC,$<)$(PROTOC) --proto_path=proto --cpp_out=$(@D) --grpc_out=$(@D) \
	    --plugin=protoc-gen-grpc=$(SETUP_BENCH_GRPC_CPP) $<

-include $(B)/bench/peer_callback.d

# ---- The server in Go ------------------------------------------------------------------------------------------------

# From Debian's sources: Go downloads no modules, and writes nothing outside build/.
PEER_GO := GO111MODULE=off GOFLAGS= CGO_ENABLED=0 GOCACHE=$(abspath $(B)/bench/go-cache) \
           GOPATH=$(abspath $(B)/bench/go):$(SETUP_BENCH_GOPATH)
$(B)/bench/peer-go: $(wildcard test/bench/peer_go/*.go) $(B)/bench/go/src/comms/comms.pb.go
	$(call quiet,GO,$<)$(PEER_GO) $(GO) build -o $@ ./$(<D)

# The proto names no Go package; import_path does.
$(B)/bench/go/src/comms/%.pb.go: proto/%.proto
	@mkdir -p $(@D)
	$(call quiet,PROTOC,$<)$(PROTOC) --proto_path=proto --go_out=plugins=grpc,import_path=comms:$(@D) $<

.PHONY: bench bench-quick
