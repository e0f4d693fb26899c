#!/bin/sh
# A session that survives a broken connection, in one terminal: a server, a proxy that cuts the connection in the
# middle, and a client that goes on where it was. Ends with the client's status.
set -eu

server=${COMMS_SERVER:-build/comms-server}
client=${COMMS_CLIENT:-build/comms-client}
proxy=${COMMS_FAULT_PROXY:-build/fault-proxy}
numbers=8
lost=4 # the number that the cut swallows

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

# show NAME: prints each line that comes, with the name in front. A port that is told goes to port_of, by descriptor 3.
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

# start NAME PROGRAM…: runs it and shows what it says; $! is then the one who shows, $pid the program.
start() {
    name=$1
    shift
    mkfifo "$folder/$name"
    "$@" >"$folder/$name" 2>&1 3>&- &
    pid=$!
    pids="$pids $pid"
    show "$name" <"$folder/$name" &
}

# port_of NAME: waits until it tells where it listens, and sets $port.
port_of() {
    read -r port <&3
    if [ -z "$port" ]; then
        echo "demo: the $1 did not start" >&2
        exit 1
    fi
}

mkfifo "$folder/ports"
exec 3<>"$folder/ports"
start server "$server" --mode stateful --listen 127.0.0.1 --port 0 --interval 500ms
port_of server
start proxy "$proxy" --target "127.0.0.1:$port" --fault cut --before-message $lost
port_of proxy
start client "$client" -m stateful --host 127.0.0.1 -p "$port" --numbers $numbers
shower=$!
status=0
wait "$pid" || status=$?
wait "$shower"
exit $status
