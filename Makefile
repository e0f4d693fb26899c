# Builds and tests comms. `make help` lists the targets; plain `make` builds the two programs.
#
# On a machine that lacks something, the targets install it first (Debian, see test/setup.sh). GNU make remakes the
# files that it includes before it does anything else, and then starts anew: build/setup.mk is such a file, it holds
# what was found and the libraries' flags. So nothing is probed twice, and a second run has nothing to do.
#
# Every way of building has its own folder: build/ itself, build/asan, build/tsan, build/coverage, build/fuzz.

VERSION := 0.1.0

# For the user and for packagers, on the command line or in the environment.
MODE         ?=##  run-*: the --mode to run in
PORT         ?=##  run-*: the --port
ARGS         ?=##  run-*, bench: further arguments, ARGS='--interval 250ms'
FUZZ_SECONDS ?= 30##  fuzz: how long each fuzz target runs
SANITIZE     ?=##  build with sanitizers: address,undefined or thread
WERROR       ?= -Werror##  empty: compiler warnings do not stop the build
V            ?=##  1: show the whole commands
PKG_CONFIG   ?= pkg-config
PROTOC_C     ?= protoc-c
CLANG        ?= clang
CLANG_TIDY   ?= clang-tidy
CLANG_FORMAT ?= clang-format
GCOVR        ?= gcovr
PROTOC       ?= protoc
GO           ?= go
# The cross-check needs Debian's python3-grpcio, which another python3 in PATH would not see.
PYTHON       ?= /usr/bin/python3

# All processors, unless the user gave a -j (which wins) or another make shares its own with us.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
MAKEFLAGS += -r --no-print-directory
# Several goals are done in their order: `clean all`, and no two test runs at a time.
ifneq ($(word 2,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif
.DELETE_ON_ERROR:
.SUFFIXES:

all: ## build both programs (the default)

# ---- Ways of building ------------------------------------------------------------------------------------------------

CFLAGS  ?= $(if $(SANITIZE),-O1 -g,-O2 -g)
# Fortifying needs an optimising compiler, and hides errors from the sanitizers.
HARDEN  := -fstack-protector-strong $(if $(SANITIZE),,$(if $(filter-out -O0,$(filter -O%,$(CFLAGS))),\
           -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
           -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wconversion -Wsign-conversion -Wswitch-enum \
           -Wimplicit-fallthrough
# With sanitizers gcc sees null dereferences in the checks that it inserted itself.
WARN    += $(if $(SANITIZE),,-Wnull-dereference)
WARN_CC :=
CC_NAME := $(shell $(CC) --version 2>/dev/null | head -n 1)
ifeq ($(findstring clang,$(CC_NAME)),)
WARN_CC := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wrestrict
endif

# A folder and flags for each value of SANITIZE; coverage and fuzzer are for the targets of these names only.
B.                           := build
B.address,undefined          := build/asan
B.thread                     := build/tsan
B.coverage                   := build/coverage
B.fuzzer                     := build/fuzz
B                            := $(B.$(SANITIZE))
FATAL                        := -fno-sanitize-recover=all -fno-omit-frame-pointer
INSTRUMENT.                  :=
INSTRUMENT.address,undefined := -fsanitize=address,undefined $(FATAL)
INSTRUMENT.thread            := -fsanitize=thread $(FATAL)
INSTRUMENT.coverage          := --coverage -fprofile-update=atomic
INSTRUMENT.fuzzer            := -fsanitize=fuzzer-no-link,address,undefined $(FATAL)
INSTRUMENT                   := $(INSTRUMENT.$(SANITIZE))
ifeq ($(B),)
$(error SANITIZE=$(SANITIZE) is unknown: it is address,undefined or thread)
endif

RUN :=
# libgrpc is not instrumented: without ignore_noninstrumented_modules its own locking looks like races, and now and then
# its own threads like leaks. Old sanitizers
# do not start where a new kernel spreads addresses widely, hence setarch -R; and they are slow, hence the multiplier.
# The thread sanitizer would wait a second at every end for late races, while only C core's own threads still run.
ifneq ($(findstring -fsanitize,$(INSTRUMENT)),)
export ASAN_OPTIONS  := detect_leaks=1:$(ASAN_OPTIONS)
export UBSAN_OPTIONS := halt_on_error=1:print_stacktrace=1:$(UBSAN_OPTIONS)
export TSAN_OPTIONS  := ignore_noninstrumented_modules=1:report_thread_leaks=0:halt_on_error=1:atexit_sleep_ms=0:\
                        $(TSAN_OPTIONS)
export CK_TIMEOUT_MULTIPLIER ?= 4
RUN := $(shell setarch -R true 2>/dev/null && echo setarch -R)
endif

# ---- What is needed, and whether it is there -------------------------------------------------------------------------

SETUP := build/setup.mk
NEEDS.help         := -
NEEDS.clean        := -
NEEDS.format       := format
NEEDS.format-check := format
NEEDS.check        := build check
NEEDS.check-asan   := build check
NEEDS.check-tsan   := build check
NEEDS.compdb       := build check
NEEDS.coverage     := build check coverage
NEEDS.tidy         := build check tidy
NEEDS.fuzz         := build fuzz
NEEDS.bench        := build bench
NEEDS.bench-quick  := build bench
NEEDS := $(filter-out -,$(sort $(foreach goal,$(or $(MAKECMDGOALS),all),$(or $(NEEDS.$(goal)),build))))

-include $(wildcard $(SETUP))
# Looked for again when a goal needs more than was found so far, when something found has gone, or when other things are
# looked for than before; only once, as make would start anew for ever. Not under make -n, which remakes included files
# too.
ifeq ($(MAKE_RESTARTS)$(findstring n,$(firstword -$(MAKEFLAGS))),)
ifneq ($(filter-out $(SETUP_HAVE),$(NEEDS))$(filter-out $(wildcard $(SETUP_FILES)),$(SETUP_FILES)),)
include $(SETUP)
$(SETUP): FORCE
endif
$(SETUP): test/setup.sh
	@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' PROTOC_C='$(PROTOC_C)' CLANG='$(CLANG)' CLANG_TIDY='$(CLANG_TIDY)' \
	    CLANG_FORMAT='$(CLANG_FORMAT)' GCOVR='$(GCOVR)' PYTHON='$(PYTHON)' CXX='$(CXX)' PROTOC='$(PROTOC)' GO='$(GO)' \
	    sh test/setup.sh $@ $(NEEDS)
endif

# ---- Compiling and linking -------------------------------------------------------------------------------------------

# `$(call quiet,CC,file)command` shows "  CC      file"; with V=1 the command.
quiet = $(if $(filter-out 0,$(V)),,@printf '  %-7s %s\n' '$1' '$2';)

PB       := $(B)/proto/comms.pb-c
INCLUDE  := -I. -isystem $(B)/proto $(SETUP_CFLAGS)
DEFINE   := -D_POSIX_C_SOURCE=200809L -DCOMMS_VERSION=\"$(VERSION)\"
LANGUAGE := -std=c11 -pthread
COMPILE   = $(CC) $(LANGUAGE) $(DEFINE) $(INCLUDE) $(HARDEN) $(CPPFLAGS) $(CFLAGS) -fPIE $(INSTRUMENT)
LINK      = $(CC) $(CFLAGS) -pthread $(INSTRUMENT) -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
LIBS      = $(SETUP_LIBS) -lm $(LDLIBS)

# Every room is a folder, some have rooms of their own.
sources  = $(sort $(shell find $1 -name '*.[$2]'))
objects  = $(patsubst %.c,$(B)/%.o,$(call sources,$1,c))
MAINS   := $(B)/server/main.o $(B)/client/main.o $(B)/test/kit/fault_proxy/main.o
SHARED  := $(call objects,shared) $(PB).o
SERVER  := $(call objects,server)
CLIENT  := $(call objects,client)
FUZZ    := $(call objects,test/fuzz)
BENCH   := $(call objects,test/bench)
TEST    := $(filter-out $(MAINS) $(FUZZ) $(BENCH),$(call objects,test))
CORE    := $(filter-out $(MAINS),$(SHARED) $(SERVER) $(CLIENT))
FUZZERS := $(patsubst test/fuzz/%.c,$(B)/%,$(wildcard test/fuzz/*.c))
# Those of the bench that are in C; the peers have rules of their own.
BENCHES := $(addprefix $(B)/bench/,raw-reader ceiling-send ceiling-receive idle-sessions sequence-cost)
OBJECTS := $(sort $(SHARED) $(SERVER) $(CLIENT) $(TEST) $(MAINS) $(FUZZ) $(BENCH))
PROGRAMS := $(addprefix $(B)/,comms-server comms-client fault-proxy check) $(FUZZERS) $(BENCHES)

all: $(B)/comms-server $(B)/comms-client

$(B)/comms-server: $(SHARED) $(SERVER)
$(B)/comms-client: $(SHARED) $(CLIENT)
$(B)/fault-proxy:  $(SHARED) $(call objects,test/kit/fault_proxy) $(B)/test/kit/loopback.o
$(B)/check:        $(CORE) $(TEST)
$(B)/check:        private LIBS += $(SETUP_CHECK_LIBS)
$(FUZZERS):        $(B)/%: $(B)/test/fuzz/%.o $(CORE)
$(FUZZERS):        private INSTRUMENT += -fsanitize=fuzzer
$(B)/fuzz_conversation: $(call objects,test/fuzz/conversation)
$(BENCHES):        $(SHARED) $(addprefix $(B)/test/bench/,usage.o bench_program.o)
$(B)/bench/raw-reader:      $(addprefix $(B)/,test/bench/raw_reader.o test/bench/http2.o client/measure/histogram.o)
$(B)/bench/ceiling-send:    $(B)/test/bench/ceiling_send.o
$(B)/bench/ceiling-receive: $(B)/test/bench/ceiling_receive.o
$(B)/bench/sequence-cost:   $(B)/test/bench/sequence_cost.o
# It measures for how long the server's own code holds its locks.
$(B)/bench/idle-sessions:   $(CORE) $(addprefix $(B)/test/bench/,idle_sessions.o live_reader.o reaper_clock.o http2.o)
$(B)/bench/idle-sessions:   private LIBS += -Wl,--wrap=pthread_mutex_lock -Wl,--wrap=pthread_mutex_unlock
$(PROGRAMS): $(B)/flags
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(LINK) -o $@ $(filter %.o,$^) $(LIBS)

$(TEST): private INCLUDE += $(SETUP_CHECK_CFLAGS)
# The generated header is a system header to the compiler, so the .d files do not name it.
$(filter-out $(PB).o,$(OBJECTS)): $(B)/%.o: %.c $(B)/flags $(PB).h
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(COMPILE) $(WARN) $(WARN_CC) $(WERROR) -MMD -MP -c -o $@ $<

# protoc-c's code does not pass our warnings (-Wcast-qual).
$(PB).o: $(PB).c $(B)/flags
	$(call quiet,CC,$<)$(COMPILE) -w -c -o $@ $<

$(B)/proto/%.pb-c.c $(B)/proto/%.pb-c.h: proto/%.proto
	@mkdir -p $(@D)
	$(call quiet,PROTOC,$<)$(PROTOC_C) --proto_path=proto --c_out=$(B)/proto $<

# Other flags or another compiler rebuild everything: the flags last used are kept, and compared while make reads this.
FLAGS := $(strip $(CC_NAME) $(COMPILE) $(WARN) $(WARN_CC) $(WERROR) $(LINK) $(LIBS))
ifneq ($(FLAGS),$(if $(wildcard $(B)/flags),$(file <$(B)/flags)))
$(B)/flags: FORCE
endif
$(B)/flags:
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS))' >$@

-include $(OBJECTS:.o=.d)

# ---- Running and testing ---------------------------------------------------------------------------------------------

PROGRAM_ARGS = $(if $(MODE),--mode $(MODE)) $(if $(PORT),--port $(PORT)) $(ARGS)

run-server: $(B)/comms-server ## run the server: make run-server MODE=stateful PORT=1337 ARGS=...
run-client: $(B)/comms-client ## run the client: make run-client MODE=stateful-test PORT=1337 ARGS=...
run-server run-client:
	@exec $(RUN) $< $(PROGRAM_ARGS)

check demo: export COMMS_SERVER      = $(B)/comms-server
check demo: export COMMS_CLIENT      = $(B)/comms-client
check demo: export COMMS_FAULT_PROXY = $(B)/fault-proxy
check demo: export COMMS_PYTHON      = $(PYTHON)
check: export COMMS_NGINX   = $(SETUP_NGINX)
check: export COMMS_HAPROXY = $(SETUP_HAPROXY)
check: export COMMS_BROWSER = $(SETUP_BROWSER)

demo: $(B)/comms-server $(B)/comms-client $(B)/fault-proxy ## see a session survive a cut connection
	@exec $(RUN) test/demo.sh

check: $(B)/check $(B)/comms-server $(B)/comms-client $(B)/fault-proxy ## run all tests
	@exec $(RUN) $(B)/check

check-asan: ## run all tests with the address and undefined-behaviour sanitizers
	@$(MAKE) SANITIZE=address,undefined check
check-tsan: ## run all tests with the thread sanitizer
	@$(MAKE) SANITIZE=thread check

fuzz: ## run every fuzz target for FUZZ_SECONDS
	@$(MAKE) SANITIZE=fuzzer CC='$(CLANG)' fuzz-all

# Findings accumulate in build/; what is committed in test/fuzz/corpus is only read.
fuzz-all: $(FUZZERS:$(B)/%=run-%)
$(FUZZERS:$(B)/%=run-%): run-%: $(B)/%
	@mkdir -p $(B)/corpus/$*
	$(call quiet,FUZZ,$* for $(FUZZ_SECONDS) s)$(RUN) $< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
	    -artifact_prefix=$(B)/$*- $(B)/corpus/$* $(wildcard test/fuzz/corpus/$(*:fuzz_%=%)) >$(B)/$*.log 2>&1 \
	    || { tail -n 60 $(B)/$*.log; exit 1; }
	@grep -H '^Done' $(B)/$*.log | sed 's|.*/\(.*\)\.log:|  FUZZED  \1: |'

coverage: ## run all tests and write what they reach to build/coverage/index.html
	@find build/coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) SANITIZE=coverage CFLAGS='-O0 -g' check
	@$(GCOVR) --root . --exclude 'build/' --exclude 'test/' --txt --html-details build/coverage/index.html build/coverage
	@echo 'In detail: build/coverage/index.html'

# ---- Measuring -------------------------------------------------------------------------------------------------------

# The servers that the bench compares ours with: in C++ with gRPC's own library, and in Go. Nothing else needs them.
PEERS := $(B)/bench/peer-callback $(B)/bench/peer-go

bench: ## measure against the ceilings and peers, in 10 minutes: table, build/bench/bench.json and bench.svg
bench-quick: ## the same with fewer rows and shorter runs, in a minute: build/bench/quick.json and quick.svg
bench-quick: private QUICK := --quick
bench bench-quick: $(B)/comms-server $(B)/comms-client $(BENCHES) $(PEERS)
	@exec $(PYTHON) -B test/bench/bench.py --build $(B) $(QUICK) $(ARGS)

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

# From Debian's sources: Go downloads no modules, and writes nothing outside build/.
PEER_GO := GO111MODULE=off GOFLAGS= CGO_ENABLED=0 GOCACHE=$(abspath $(B)/bench/go-cache) \
           GOPATH=$(abspath $(B)/bench/go):$(SETUP_BENCH_GOPATH)
$(B)/bench/peer-go: $(wildcard test/bench/peer_go/*.go) $(B)/bench/go/src/comms/comms.pb.go
	$(call quiet,GO,$<)$(PEER_GO) $(GO) build -o $@ ./$(<D)

# The proto names no Go package; import_path does.
$(B)/bench/go/src/comms/%.pb.go: proto/%.proto
	@mkdir -p $(@D)
	$(call quiet,PROTOC,$<)$(PROTOC) --proto_path=proto --go_out=plugins=grpc,import_path=comms:$(@D) $<

-include $(B)/bench/peer_callback.d

# ---- Source code -----------------------------------------------------------------------------------------------------

C_FILES := $(call sources,shared server client test,c)
H_FILES := $(call sources,shared server client test,h)
LINT     = $(LANGUAGE) $(DEFINE) $(INCLUDE) $(SETUP_CHECK_CFLAGS) $(CPPFLAGS) $(WARN)

# A stamp for each file that passed, made old by the headers it includes. clang-tidy counts the warnings of others'
# headers aloud, so it is heard only when it fails. Tests may call getenv and strerror (one thread does), and print
# without a (void).
TEST_CHECKS := -concurrency-mt-unsafe,-cert-err33-c
tidy: $(C_FILES:%=$(B)/tidy/%) ## check the code with clang-tidy
$(C_FILES:%=$(B)/tidy/%): $(B)/tidy/%: % .clang-tidy $(B)/flags $(PB).h
	@mkdir -p $(@D)
	$(call quiet,TIDY,$<)$(CLANG_TIDY) --quiet $(if $(filter test/%,$<),--checks=$(TEST_CHECKS)) \
	    $< -- $(LINT) >$@.log 2>&1 || { cat $@.log; exit 1; }
	@$(CC) $(LINT) -MM -MP -MT $@ -MF $@.d $< && touch $@
-include $(C_FILES:%=$(B)/tidy/%.d)

format: ## format the code with clang-format
	@$(CLANG_FORMAT) -i $(C_FILES) $(H_FILES)

format-check: ## check that the code is formatted
	@$(CLANG_FORMAT) --dry-run -Werror $(C_FILES) $(H_FILES)

# For editors and clangd, which looks into build/ by itself.
comma   := ,
LAST    := $(lastword $(C_FILES))
json     = "$(subst ",\",$(subst \,\\,$1))"
entry    = {"directory": $(call json,$(CURDIR)), "file": "$1", "command": $(call json,$(CC) $(LINT) -c $1)}
compdb: $(PB).h ## write build/compile_commands.json
	$(file >build/compile_commands.json,[)
	$(foreach f,$(C_FILES),$(file >>build/compile_commands.json,$(call entry,$f)$(if $(filter-out $f,$(LAST)),$(comma),])))
	@echo build/compile_commands.json

clean: ## remove everything that was built
	@rm -rf build

help: ## show this list
	@echo 'Targets:'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18
	@echo 'Variables:'
	@sed -n 's/^\([A-Z_]*\) *?=[^#]*##  \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

FORCE:
.PHONY: all run-server run-client demo check check-asan check-tsan fuzz fuzz-all coverage tidy format format-check \
        bench bench-quick compdb clean help FORCE $(FUZZERS:$(B)/%=run-%)
