#!/bin/sh
# Finds what make targets need, installs what is missing (Debian's apt), and writes down what it found for the Makefile.
#
#   usage: test/setup.sh OUT NEED...        NEED: build check fuzz tidy format coverage
#
# Looked for are the tools and libraries themselves, not Debian's packages: where they came another way, no apt is
# needed. Only what the needs given lack is installed.
set -eu

out=$1
shift

has() {
    command -v "$1" >/dev/null 2>&1
}

library() {
    has "$PKG_CONFIG" && "$PKG_CONFIG" --exists "$1"
}

# Clang's libFuzzer is a package of its own.
fuzzer() {
    has "$CLANG" &&
        echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' |
        "$CLANG" -fsanitize=fuzzer,address,undefined -x c -o "$out.probe" - 2>/dev/null && rm "$out.probe"
}

# The Debian packages that would give what a need lacks.
missing() {
    case $1 in
    build)
        has "${CC%% *}" || echo gcc libc6-dev
        has "$PKG_CONFIG" || echo pkg-config
        has "$PROTOC_C" || echo protobuf-c-compiler
        { library grpc && library gpr; } || echo libgrpc-dev
        library libprotobuf-c || echo libprotobuf-c-dev
        library libsodium || echo libsodium-dev
        ;;
    check)
        library check || echo check
        "$PYTHON" -c 'import grpc' 2>/dev/null || echo python3-grpcio
        ;;
    fuzz) fuzzer || echo clang libclang-rt-dev ;;
    tidy) has "$CLANG_TIDY" || echo clang-tidy ;;
    format) has "$CLANG_FORMAT" || echo clang-format ;;
    coverage) has "$GCOVR" || echo gcovr ;;
    *) echo "test/setup.sh: no such need: $1" >&2 && exit 64 ;;
    esac
}

give_up() {
    echo "comms needs these Debian packages, or the same from elsewhere: $packages" >&2
    echo "$1" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

mkdir -p "$(dirname "$out")"
packages=$(for need; do missing "$need"; done | xargs)
if [ -n "$packages" ]; then
    has apt-get || give_up "There is no apt-get here to install them with."
    [ "$(id -u)" -eq 0 ] || has sudo || give_up "Installing them takes root, or sudo."
    log=${out%.mk}.log
    echo "Installing $packages (log: $log)"
    # A foreign repository that cannot be reached is no reason to stop: installing will tell.
    # shellcheck disable=SC2016,SC2086 # the inner shell expands "$@"; $packages is a list of words
    as_root sh -c 'export DEBIAN_FRONTEND=noninteractive
        apt-get update || true
        exec apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"' sh $packages >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        give_up "Installing them failed, see above."
    }
    packages=$(for need; do missing "$need"; done | xargs)
    [ -z "$packages" ] || give_up "They are installed, yet what they should give is not found."
fi

# Flags of libraries, for the Makefile. Our warnings are for our own headers: theirs come in by -isystem.
flags() {
    "$PKG_CONFIG" "$@" | sed 's/-I */-isystem /g'
}

# The files by which make sees, every time and without running anything, that what was found is still there.
files() {
    for file; do
        case $file in
        *.pc) echo "$("$PKG_CONFIG" --variable=pcfiledir "${file%.pc}")/$file" ;;
        *) command -v "$file" ;;
        esac
    done | xargs echo SETUP_FILES +=
}

found() {
    echo "SETUP_HAVE += $1"
    case $1 in
    build)
        files "${CC%% *}" "$PKG_CONFIG" "$PROTOC_C" grpc.pc gpr.pc libprotobuf-c.pc libsodium.pc
        echo "SETUP_CFLAGS := $(flags --cflags grpc gpr libprotobuf-c libsodium)"
        echo "SETUP_LIBS := $(flags --libs grpc gpr libprotobuf-c libsodium)"
        ;;
    check)
        files "$PYTHON" check.pc
        echo "SETUP_FILES += $("$PYTHON" -c 'import grpc; print(grpc.__file__)')"
        echo "SETUP_CHECK_CFLAGS := $(flags --cflags check)"
        echo "SETUP_CHECK_LIBS := $(flags --libs check)"
        ;;
    fuzz) files "$CLANG" ;;
    tidy) files "$CLANG_TIDY" ;;
    format) files "$CLANG_FORMAT" ;;
    coverage) files "$GCOVR" ;;
    esac
}

{
    echo '# Written by test/setup.sh. Delete it to look again.'
    echo 'SETUP_HAVE :='
    echo 'SETUP_FILES :='
    for need in build check fuzz tidy format coverage; do
        [ -n "$(missing "$need")" ] || found "$need"
    done
} >"$out.new"
mv "$out.new" "$out"
