# Builds and tests comms. `make help` lists the targets; plain `make` builds the two programs.
#
# test/build.mk has the ways of building (SANITIZE) and finds or installs what they need; the bench has its own file.

VERSION := 0.1.0

# For the user and for packagers, on the command line or in the environment.
MODE         ?=##  run-*: the --mode to run in
PORT         ?=##  run-*: the --port
ARGS         ?=##  run-*, bench: further arguments, ARGS='--interval 250ms'
FUZZ_SECONDS ?= 30##  fuzz: how long each fuzz target runs
SUITES       ?= soak##  soak: only these suites, SUITES=soak-cluster
HOURS        ?=##  soak: how long the mixed load runs (two minutes)
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

# What each target needs besides `build`; `-` is nothing.
NEEDS.help          := -
NEEDS.clean         := -
NEEDS.uninstall     := -
NEEDS.dist          := -
NEEDS.deb           := build package
NEEDS.check-deb     := build check package
NEEDS.format        := format
NEEDS.format-check  := format
NEEDS.include-order := -
NEEDS.check         := build check
NEEDS.soak          := build check
NEEDS.check-asan    := build check
NEEDS.check-tsan    := build check
NEEDS.compdb        := build check
NEEDS.pictures      := build check
NEEDS.coverage      := build check coverage
NEEDS.tidy          := build check tidy
NEEDS.fuzz          := build fuzz
NEEDS.bench         := build bench
NEEDS.bench-quick   := build bench

include test/build.mk

# ---- Commands --------------------------------------------------------------------------------------------------------

# `$(call quiet,CC,file)command` shows "  CC      file"; with V=1 the command.
quiet = $(if $(filter-out 0,$(V)),,@printf '  %-7s %s\n' '$1' '$2';)

PB       := $(addprefix $(B)/proto/,$(addsuffix .pb-c,comms etcd shared_session grpc/health/v1/health grpc/reflection/v1/reflection))
INCLUDE  := -I. -I$(B) -isystem $(B)/proto $(SETUP_CFLAGS)
DEFINE   := -D_POSIX_C_SOURCE=200809L -DCOMMS_VERSION=\"$(VERSION)\"
LANGUAGE := -std=c11 -pthread
COMPILE   = $(CC) $(LANGUAGE) $(DEFINE) $(INCLUDE) $(HARDEN) $(CPPFLAGS) $(CFLAGS) -fPIE $(INSTRUMENT)
LINK      = $(CC) $(CFLAGS) -pthread $(INSTRUMENT) -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
LIBS      = $(SETUP_LIBS) -lm $(LDLIBS)

# ---- Programs --------------------------------------------------------------------------------------------------------

# Every room is a folder, some have rooms of their own.
sources  = $(sort $(shell find $1 -name '*.[$2]'))
objects  = $(patsubst %.c,$(B)/%.o,$(call sources,$1,c))
MAINS   := $(B)/server/main.o $(B)/client/main.o $(B)/test/kit/fault_proxy/main.o
PAGE    := $(call objects,shared/page)
SHARED  := $(filter-out $(PAGE),$(call objects,shared)) $(PB:%=%.o)
SERVER  := $(call objects,server)
CLIENT  := $(call objects,client)
CORE    := $(filter-out $(MAINS),$(SHARED) $(PAGE) $(SERVER) $(CLIENT))
TEST    := $(filter-out $(MAINS),$(call objects,test/kit test/unit test/e2e test/faults test/durability) $(B)/test/check_main.o \
           $(B)/test/suite_runner.o)
# The programs with what some tests put into them: allocations that fail, another wall clock, a failing disk.
SHIMMED := $(addprefix $(B)/shimmed/,comms-server comms-client wall-clock.so disk.so names.so)
FUZZERS := $(patsubst test/fuzz/%.c,$(B)/%,$(wildcard test/fuzz/*.c))

all: $(B)/comms-server $(B)/comms-client

$(B)/comms-server: $(SHARED) $(PAGE) $(SERVER)
$(B)/comms-client: $(SHARED) $(PAGE) $(CLIENT)
$(B)/fault-proxy:  $(SHARED) $(call objects,test/kit/fault_proxy) $(B)/test/kit/loopback.o
$(B)/check:        $(CORE) $(TEST)
$(B)/check:        private LIBS += $(SETUP_CHECK_LIBS)
$(B)/check:        | $(SHIMMED)
$(B)/shimmed/comms-server: $(SHARED) $(PAGE) $(SERVER)
$(B)/shimmed/comms-client: $(SHARED) $(PAGE) $(CLIENT)
$(B)/shimmed/comms-server $(B)/shimmed/comms-client: $(B)/test/shims/failing_allocation.o
$(B)/shimmed/comms-server $(B)/shimmed/comms-client: \
    private LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
$(FUZZERS):        $(B)/%: $(B)/test/fuzz/%.o $(CORE)
$(B)/fuzz_conversation: $(call objects,test/fuzz/conversation)
$(B)/fuzz_server: $(call objects,test/fuzz/server)
$(FUZZERS):        private INSTRUMENT += -fsanitize=fuzzer

define link
@mkdir -p $(@D)
$(call quiet,LD,$@)$(LINK) -o $@ $(filter %.o,$^) $(LIBS)
endef
$(addprefix $(B)/,comms-server comms-client fault-proxy check shimmed/comms-server shimmed/comms-client) $(FUZZERS): \
    $(B)/flags
	$(link)

# A program without the sanitizers' runtime cannot be preloaded with them: it is not built with them.
$(B)/shimmed/wall-clock.so: test/shims/wall_clock.c
$(B)/shimmed/names.so:      test/shims/names.c
$(B)/shimmed/disk.so:       test/shims/disk.c test/durability/disk.h
$(B)/shimmed/wall-clock.so $(B)/shimmed/disk.so $(B)/shimmed/names.so: $(B)/flags
	@mkdir -p $(@D)
	$(call quiet,CC,$(filter %.c,$^))$(CC) $(LANGUAGE) $(DEFINE) -I. $(HARDEN) $(CFLAGS) $(WARN) -fPIC -shared -o $@ $(filter %.c,$^)

# ---- Compiling -------------------------------------------------------------------------------------------------------

OBJECTS := $(call objects,shared server client test)
$(TEST): private INCLUDE += $(SETUP_CHECK_CFLAGS)
# The generated header is a system header to the compiler, so the .d files do not name it.
$(OBJECTS): $(B)/%.o: %.c $(B)/flags $(PB:%=%.h)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(COMPILE) $(WARN) $(WARN_CC) $(WERROR) -MMD -MP -c -o $@ $<

# protoc-c's code does not pass our warnings (-Wcast-qual).
$(PB:%=%.o): %.o: %.c %.h $(B)/flags
	$(call quiet,CC,$<)$(COMPILE) -w -c -o $@ $<

$(B)/proto/%.pb-c.c $(B)/proto/%.pb-c.h: proto/%.proto
	@mkdir -p $(@D)
	$(call quiet,PROTOC,$<)$(PROTOC_C) --proto_path=proto --c_out=$(B)/proto $<

# What clients can call, as a FileDescriptorSet in decimal bytes: for server reflection.
DESCRIBED   := comms grpc/health/v1/health grpc/reflection/v1/reflection grpc/reflection/v1alpha/reflection
DESCRIPTORS := $(B)/server/services/reflection/descriptors.inc
$(DESCRIPTORS): $(DESCRIBED:%=proto/%.proto)
	@mkdir -p $(@D)
	$(call quiet,PROTOC,$@)$(PROTOC_C) --proto_path=proto --descriptor_set_out=$@.pb $^ && \
	    od -An -v -tu1 -w16 $@.pb | sed 's/ *\([0-9][0-9]*\)/\1,/g' >$@
$(B)/server/services/reflection/descriptors.o $(B)/tidy/server/services/reflection/descriptors.c: $(DESCRIPTORS)

# A style sheet as C strings, one a rule: an indented line continues the line before it, comments are left out.
$(B)/%.css.inc: %.css
	@mkdir -p $(@D)
	$(call quiet,CSS,$<)sed -e ':a' -e '$$!N;s/\n  *//;ta' -e 'P;D' $< | \
	    sed -e '/^\/\*/d' -e '/^$$/d' -e 's/[\\"]/\\&/g' -e 's/.*/"&",/' >$@
# A script in the same way, a string a line; comments that have a line of their own are left out.
$(B)/%.js.inc: %.js
	@mkdir -p $(@D)
	$(call quiet,JS,$<)sed -e '/^ *\/\//d' -e '/^$$/d' -e 's/[\\"]/\\&/g' -e 's/.*/"&",/' $< >$@
CSS := $(addprefix $(B)/,shared/page/report.css.inc server/admin/status.css.inc server/admin/status.js.inc)
$(B)/shared/page/css.o $(B)/tidy/shared/page/css.c $(B)/server/admin/status_page.o $(B)/tidy/server/admin/status_page.c: $(CSS)

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

check soak demo: export COMMS_SERVER      = $(B)/comms-server
check soak demo: export COMMS_CLIENT      = $(B)/comms-client
check soak demo: export COMMS_FAULT_PROXY = $(B)/fault-proxy
check soak demo: export COMMS_PYTHON      = $(PYTHON)
check soak: export COMMS_SHIMMED = $(B)/shimmed
soak: export COMMS_HOURS = $(HOURS)
check: export COMMS_NGINX   = $(SETUP_NGINX)
check soak: export COMMS_HAPROXY = $(SETUP_HAPROXY)
check soak: export COMMS_ETCD = $(SETUP_ETCD)
check: export COMMS_PROMTOOL = $(SETUP_PROMTOOL)
check: export COMMS_BROWSER = $(SETUP_BROWSER)
check: export COMMS_NODE    = $(SETUP_NODE)

demo: $(B)/comms-server $(B)/comms-client $(B)/fault-proxy ## see a session survive a cut connection
	@exec $(RUN) test/demo.sh

check: $(B)/check $(B)/comms-server $(B)/comms-client $(B)/fault-proxy ## run all tests
	@exec $(RUN) $(B)/check

soak: $(B)/check $(B)/comms-server $(B)/comms-client $(B)/fault-proxy ## run the tests that take minutes
	@exec $(RUN) $(B)/check $(SUITES)

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

# ---- Source code -----------------------------------------------------------------------------------------------------

C_FILES := $(call sources,shared server client test,c)
H_FILES := $(call sources,shared server client test,h)
LINT     = $(LANGUAGE) $(DEFINE) $(INCLUDE) $(SETUP_CHECK_CFLAGS) $(CPPFLAGS) $(WARN)

# A stamp for each file that passed, made old by the headers it includes. clang-tidy counts the warnings of others'
# headers aloud, so it is heard only when it fails. Tests may call getenv and strerror (one thread does), and print
# without a (void).
TEST_CHECKS := -concurrency-mt-unsafe,-cert-err33-c
tidy: include-order $(C_FILES:%=$(B)/tidy/%) ## check the code with clang-tidy, the rooms and their READMEs
$(C_FILES:%=$(B)/tidy/%): $(B)/tidy/%: % .clang-tidy $(B)/flags $(PB:%=%.h)
	@mkdir -p $(@D)
	$(call quiet,TIDY,$<)$(CLANG_TIDY) --quiet $(if $(filter test/%,$<),--checks=$(TEST_CHECKS)) \
	    $< -- $(LINT) >$@.log 2>&1 || { cat $@.log; exit 1; }
	@$(CC) $(LINT) -MM -MP -MT $@ -MF $@.d $< && touch $@
-include $(C_FILES:%=$(B)/tidy/%.d)

include-order:
	@sh test/include_order.sh
	@sh test/readme_files.sh

format: ## format the code with clang-format
	@$(CLANG_FORMAT) -i $(C_FILES) $(H_FILES)

format-check: ## check that the code is formatted
	@$(CLANG_FORMAT) --dry-run -Werror $(C_FILES) $(H_FILES)

# For editors and clangd, which looks into build/ by itself.
comma   := ,
LAST    := $(lastword $(C_FILES))
json     = "$(subst ",\",$(subst \,\\,$1))"
entry    = {"directory": $(call json,$(CURDIR)), "file": "$1", "command": $(call json,$(CC) $(LINT) -c $1)}
compdb: $(PB:%=%.h) $(CSS) $(DESCRIPTORS) ## write build/compile_commands.json
	$(file >build/compile_commands.json,[)
	$(foreach f,$(C_FILES),$(file >>build/compile_commands.json,$(call entry,$f)$(if $(filter-out $f,$(LAST)),$(comma),])))
	@echo build/compile_commands.json

# ---- The rest --------------------------------------------------------------------------------------------------------

include server/package/package.mk
include test/bench/bench.mk
include test/pictures.mk

clean: ## remove everything that was built
	@rm -rf build

help: ## show this list
	@echo 'Targets:'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(filter-out %.d,$(MAKEFILE_LIST)) | expand -t 18
	@echo 'Variables:'
	@sed -n 's/^\([A-Z_]*\) *?=[^#]*##  \(.*\)/  \1\t\2/p' $(filter-out %.d,$(MAKEFILE_LIST)) | expand -t 18

FORCE:
.PHONY: all run-server run-client demo check soak check-asan check-tsan fuzz fuzz-all coverage tidy include-order \
        format format-check compdb clean help FORCE $(FUZZERS:$(B)/%=run-%)
