#!/bin/sh
# Finds what make targets need, installs what is missing (Debian's apt), and writes down what it found for the Makefile.
#
#   usage: test/setup.sh OUT NEED...        NEED: build check fuzz tidy format coverage bench package
#
# Looked for are the tools and libraries themselves, not Debian's packages: where they came another way, no apt is
# needed. Only what the needs given lack is installed. nginx, haproxy, etcd and Prometheus are not: installed, they would start
# and take their ports. Their packages are unpacked beside OUT, and only the libraries that they want are installed.
# gRPC for JavaScript comes from npm's registry, and is unpacked there, too. Without a registry its tests are not run; in
# CI (CI=true) that is an error.
set -eu

out=$1
shift
proxies=$(dirname "$out")/proxies
# Servers are in folders that PATH often leaves out.
PATH=$PATH:/usr/local/sbin:/usr/sbin:$proxies/usr/sbin:$proxies/usr/bin

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

browser() {
    command -v chromium-headless-shell || command -v chromium
}

# nginx or haproxy: one that was unpacked may still lack its libraries.
runs() {
    "$1" -v >/dev/null 2>&1
}

runs_etcd() {
    etcd --version >/dev/null 2>&1
}

runs_prometheus() {
    promtool --version >/dev/null 2>&1 && prometheus --version >/dev/null 2>&1
}

# gRPC for JavaScript, in the versions of this lock file, which has their hashes.
grpc_js=$(dirname "$out")/grpc-js
npm_lock=test/e2e/interop/package-lock.json

has_grpc_js() {
    cmp -s "$npm_lock" "$grpc_js/package-lock.json"
}

fetch_grpc_js() {
    rm -rf "$grpc_js" "$grpc_js.new" && mkdir -p "$grpc_js.new" &&
        cp "$(dirname "$npm_lock")/package.json" "$npm_lock" "$grpc_js.new" &&
        timeout 300 npm ci --prefix "$grpc_js.new" --cache "$grpc_js.new/cache" --ignore-scripts --no-audit --no-fund \
            --fetch-retries 1 --fetch-retry-mintimeout 1000 --fetch-timeout 30000 >"$grpc_js.log" 2>&1 </dev/null &&
        rm -rf "$grpc_js.new/cache" && mv "$grpc_js.new" "$grpc_js"
}

# Go's gRPC as sources, which Debian has in a GOPATH of its own.
go_path=/usr/share/gocode
go_grpc=$go_path/src/google.golang.org/grpc/server.go

# protoc-gen-go of before 1.4: the later ones make no gRPC code, and theirs wants a newer gRPC than Debian's.
go_plugin() {
    has "$PROTOC" && has protoc-gen-go && "$PROTOC" --proto_path=proto \
        --go_out=plugins=grpc,import_path=comms:"$(dirname "$out")" comms.proto 2>/dev/null &&
        rm "$(dirname "$out")/comms.pb.go"
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
        library lmdb || echo liblmdb-dev
        library jansson || echo libjansson-dev
        library libmicrohttpd || echo libmicrohttpd-dev
        { library libssl && library libcrypto; } || echo libssl-dev
        ;;
    check)
        library check || echo check
        "$PYTHON" -c 'import grpc' 2>/dev/null || echo python3-grpcio
        "$PYTHON" -c 'import jsonschema' 2>/dev/null || echo python3-jsonschema
        browser >/dev/null || echo chromium-headless-shell
        runs nginx || echo nginx
        runs haproxy || echo haproxy
        runs_etcd || echo etcd-server
        runs_prometheus || echo prometheus
        has node || echo nodejs
        has_grpc_js || has npm || echo npm
        ;;
    fuzz) fuzzer || echo clang libclang-rt-dev ;;
    tidy) has "$CLANG_TIDY" || echo clang-tidy ;;
    format) has "$CLANG_FORMAT" || echo clang-format ;;
    coverage) has "$GCOVR" || echo gcovr ;;
    bench)
        has "${CXX%% *}" || echo g++
        has "$PROTOC" || echo protobuf-compiler
        has grpc_cpp_plugin || echo protobuf-compiler-grpc
        library grpc++ || echo libgrpc++-dev
        library protobuf || echo libprotobuf-dev
        has "$GO" || echo golang-go
        [ -e "$go_grpc" ] || echo golang-google-grpc-dev
        go_plugin || echo protoc-gen-go-1-3
        has gnuplot || echo gnuplot-nox
        # Without apt it is not needed: the bench then leaves out what TCP itself can do.
        has iperf3 || ! has apt-get || echo iperf3
        ;;
    package)
        has dpkg-buildpackage || echo dpkg-dev
        has dh || echo debhelper
        has lintian || echo lintian
        has systemd-analyze || echo systemd
        ;;
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

# Unpacks nginx, haproxy, etcd-server or prometheus, and says which libraries of its package's dependencies are not installed.
unpack() {
    mkdir -p "$proxies" && (
        cd "$proxies" && rm -f "$1"_*.deb && apt-get download "$1" >&2 && dpkg-deb -x "$1"_*.deb . &&
            dpkg-deb -f "$1"_*.deb Depends | tr , '\n' | sed -n 's/^ *\(lib[^ ]*\).*/\1/p' |
            while read -r library; do
                dpkg-query -W "$library" >/dev/null || echo "$library"
            done
    )
}

provide() {
    # A foreign repository that cannot be reached is no reason to stop: installing will tell.
    as_root apt-get update || true
    wanted=
    for package; do
        case $package in
        nginx | haproxy | etcd-server | prometheus) wanted="$wanted $(unpack "$package")" || return ;;
        *) wanted="$wanted $package" ;;
        esac
    done
    # shellcheck disable=SC2086 # a list of words
    set -- $wanted
    [ $# -eq 0 ] || as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
}

mkdir -p "$(dirname "$out")"
packages=$(for need; do missing "$need"; done | xargs)
if [ -n "$packages" ]; then
    has apt-get || give_up "There is no apt-get here to install them with."
    [ "$(id -u)" -eq 0 ] || has sudo || give_up "Installing them takes root, or sudo."
    log=${out%.mk}.log
    echo "Installing $packages (log: $log)"
    # shellcheck disable=SC2086 # a list of words
    provide $packages >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        give_up "Installing them failed, see above."
    }
    packages=$(for need; do missing "$need"; done | xargs)
    [ -z "$packages" ] || give_up "They are installed, yet what they should give is not found."
fi

case " $* " in
*' check '*)
    if ! has_grpc_js && ! fetch_grpc_js; then
        tail -n 5 "$grpc_js.log" >&2
        echo "@grpc/grpc-js could not be fetched from npm's registry (log: $grpc_js.log)." >&2
        [ "${CI:-}" != true ] || exit 1
        echo "Its tests are not run. Delete $out to try again." >&2
    fi
    ;;
esac

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
        files "${CC%% *}" "$PKG_CONFIG" "$PROTOC_C" grpc.pc gpr.pc libprotobuf-c.pc libsodium.pc lmdb.pc jansson.pc libmicrohttpd.pc \
            libssl.pc libcrypto.pc
        echo "SETUP_CFLAGS := $(flags --cflags grpc gpr libprotobuf-c libsodium lmdb jansson libmicrohttpd libssl libcrypto)"
        echo "SETUP_LIBS := $(flags --libs grpc gpr libprotobuf-c libsodium lmdb jansson libmicrohttpd libssl libcrypto)"
        ;;
    check)
        files "$PYTHON" check.pc "$(browser)" nginx haproxy etcd promtool prometheus node
        ! has_grpc_js || echo "SETUP_FILES += $grpc_js/package-lock.json"
        echo "SETUP_FILES += $("$PYTHON" -c 'import grpc, jsonschema; print(grpc.__file__, jsonschema.__file__)')"
        echo "SETUP_BROWSER := $(browser)"
        echo "SETUP_NGINX := $(command -v nginx)"
        echo "SETUP_HAPROXY := $(command -v haproxy)"
        echo "SETUP_ETCD := $(command -v etcd)"
        echo "SETUP_PROMTOOL := $(command -v promtool)"
        echo "SETUP_NODE := $(command -v node)"
        echo "SETUP_CHECK_CFLAGS := $(flags --cflags check)"
        echo "SETUP_CHECK_LIBS := $(flags --libs check)"
        ;;
    fuzz) files "$CLANG" ;;
    tidy) files "$CLANG_TIDY" ;;
    format) files "$CLANG_FORMAT" ;;
    coverage) files "$GCOVR" ;;
    package) files dpkg-buildpackage dh lintian systemd-analyze ;;
    bench)
        files "${CXX%% *}" "$PROTOC" grpc_cpp_plugin protoc-gen-go "$GO" gnuplot grpc++.pc protobuf.pc
        ! has iperf3 || files iperf3
        echo "SETUP_FILES += $go_grpc"
        echo "SETUP_BENCH_CXXFLAGS := $(flags --cflags grpc++ protobuf)"
        echo "SETUP_BENCH_LIBS := $(flags --libs grpc++ protobuf)"
        echo "SETUP_BENCH_GRPC_CPP := $(command -v grpc_cpp_plugin)"
        echo "SETUP_BENCH_GOPATH := $go_path"
        ;;
    esac
}

{
    echo '# Written by test/setup.sh. Delete it to look again.'
    echo 'SETUP_HAVE :='
    echo 'SETUP_FILES :='
    for need in build check fuzz tidy format coverage bench package; do
        [ -n "$(missing "$need")" ] || found "$need"
    done
} >"$out.new"
mv "$out.new" "$out"
