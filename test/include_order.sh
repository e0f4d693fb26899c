#!/bin/sh
# Checks that no room includes one further up. `make tidy` runs it; it prints each line that is wrong, and the rule.
#
# The order, from top to bottom. A room may include its own files, those of rooms further right in its line, and all of
# shared (which may include nothing else); rooms joined by | do not know each other. test may include everything. A file
# beside the rooms, such as main.c or plan.h, is a room of its own.
set -eu
cd "$(dirname "$0")/.."

order='
server: main stop parts doors options option_rows signals|notify|admin rpc net work services stores sessions
client: main compare options report run grpc verify measure plan
shared: grpc|page|tls protocol base
'

find server client shared test -name '*.[ch]' -o -name '*.inc' -o -name '*.cc' | LC_ALL=C sort | xargs awk -v order="$order" '
BEGIN {
    lines = split(order, line, "\n")
    for (i = 1; i <= lines; i++) {
        words = split(line[i], word, /[: ]+/)
        for (j = 2; j <= words; j++) {
            alike = split(word[j], name, "|")
            for (k = 1; k <= alike; k++) {
                place[word[1] "/" name[k]] = j
            }
        }
        if (words > 1) {
            rooms[word[1]] = line[i]
        }
    }
}

# The folder and the room of a path: server and server/net for server/net/sockets.c.
function folder(path) { sub(/\/.*/, "", path); return path }
function room(path, part) { split(path, part, "/"); sub(/\..*/, "", part[2]); return part[1] "/" part[2] }

function complain(rule) {
    printf "%s:%d: %s\n    %s\n", FILENAME, FNR, $0, rule
    wrong = 1
}

/^[ \t]*#[ \t]*include[ \t]*["<]/ {
    split($0, quoted, "[\"<>]")
    if ($0 ~ /include[ \t]*</ && quoted[2] !~ /^(server|client|shared|test)\//) {
        next # of a library, or of the system
    }
    if (quoted[2] ~ /\.pb(-c)?\.h$/) {
        next # generated from proto
    }
    from = folder(FILENAME); to = folder(quoted[2])
    if (to != "test" && !(to in rooms)) {
        complain("a path begins with server/, client/, shared/ or test/")
    } else if (from == "test") {
        next
    } else if (to == "test") {
        complain(from " does not know test")
    } else if (!(room(FILENAME) in place) || !(room(quoted[2]) in place)) {
        complain("no room of the order in test/include_order.sh: " (room(FILENAME) in place ? room(quoted[2]) : room(FILENAME)))
    } else if (from != to && to != "shared") {
        complain(from " does not know " to)
    } else if (from == to && room(FILENAME) != room(quoted[2]) && place[room(FILENAME)] >= place[room(quoted[2])]) {
        complain(room(FILENAME) " may not include " room(quoted[2]) ", by the order " rooms[from])
    }
}

END { exit wrong }
'
