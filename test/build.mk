# Ways of building, and what they need of the machine; the Makefile includes it before its targets.
#
# Every way of building has its own folder: build/ itself, build/asan, build/tsan, build/coverage, build/fuzz.
#
# On a machine that lacks something, the targets install it first (Debian, see test/setup.sh). GNU make remakes the
# files that it includes before it does anything else, and then starts anew: build/setup.mk is such a file, it holds
# what was found and the libraries' flags. So nothing is probed twice, and a second run has nothing to do.

# ---- Flags -----------------------------------------------------------------------------------------------------------

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
# its own threads look like leaks. Old sanitizers do not start where a new kernel spreads addresses widely, hence
# setarch -R. Sanitizers are slow, hence the multiplier. The thread sanitizer would wait a second at every end for late
# races, while only C core's own threads still run.
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
$(SETUP): test/setup.sh test/e2e/interop/package-lock.json
	@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' PROTOC_C='$(PROTOC_C)' CLANG='$(CLANG)' CLANG_TIDY='$(CLANG_TIDY)' \
	    CLANG_FORMAT='$(CLANG_FORMAT)' GCOVR='$(GCOVR)' PYTHON='$(PYTHON)' CXX='$(CXX)' PROTOC='$(PROTOC)' GO='$(GO)' \
	    sh test/setup.sh $@ $(NEEDS)
endif
