#!/bin/sh
# Shows a session that survives a broken connection: a server, a proxy that cuts the connection in the middle of the
# session, and a client that resumes it. Ends with the client's exit status.
set -eu

server=${COMMS_SERVER:-build/comms-server}
client=${COMMS_CLIENT:-build/comms-client}
proxy=${COMMS_FAULT_PROXY:-build/fault-proxy}
numbers=8
lost=4 # the first number that the cut keeps from the client

folder=$(mktemp -d)
pids=

# shellcheck disable=SC2317 # the trap calls it
cleanup() {
    trap '' INT TERM
    for pid in $pids; do
        kill "$pid" 2>/dev/null || true
    done
    wait
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# show NAME: copies its standard input, with NAME before each line. The port in `listening on …` goes to port_of, by
# descriptor 3.
show() {
    told=
    while IFS= read -r line; do
        printf '%-6s | %s\n' "$1" "$line"
        port=${line##*listening on 127.0.0.1:}
        if [ -z "$told" ] && [ "$port" != "$line" ]; then
            told=${port%% *}
            echo "$told" >&3
        fi
    done
    [ -n "$told" ] || echo >&3
}

# start NAME PROGRAM…: starts the program and shows its output. Sets $pid to the program, and $! to its `show`.
start() {
    name=$1
    shift
    mkfifo "$folder/$name"
    "$@" >"$folder/$name" 2>&1 3>&- &
    pid=$!
    pids="$pids $pid"
    show "$name" <"$folder/$name" &
}

# port_of NAME: waits until the program NAME listens, and sets $port.
port_of() {
    read -r port <&3
    if [ -z "$port" ]; then
        echo "demo: the $1 did not start; its own lines above say why" >&2
        exit 1
    fi
}

mkfifo "$folder/ports"
exec 3<>"$folder/ports"
start server "$server" --mode stateful --listen 127.0.0.1 --port 0 --interval 500ms \
    --log-format text
port_of server
start proxy "$proxy" --target "127.0.0.1:$port" --fault cut --before-message $lost
port_of proxy
start client "$client" -m stateful --host 127.0.0.1 -p "$port" --numbers $numbers
shower=$!
status=0
wait "$pid" || status=$?
wait "$shower"
exit $status
