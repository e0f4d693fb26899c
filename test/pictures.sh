#!/bin/sh
# Makes the README's picture of a report: runs ten thousand streams against a server of its own, breaks their
# connections, and photographs the page that `comms-client --html` writes. The run takes a minute. The client's text is
# the README's transcript: copy it from here when the picture changes.
#
#   usage: test/pictures.sh FOLDER        the pages, the transcript and the logs are kept there
#
# The picture is replaced only if the run was proven.
set -eu

server=${COMMS_SERVER:-build/comms-server}
client=${COMMS_CLIENT:-build/comms-client}
browser=${COMMS_BROWSER:-chromium-headless-shell}
picture=client/report/report.png
folder=$1

# Shown are the verdict, the key figures and the first plot: more does not fit one screen.
style='section,nav,footer,#course figure + figure{display:none}
#figures,#course{display:flow-root}#course{margin:0}'
width=1067 # CSS pixels
scale=1.2  # device pixels a CSS pixel: the picture has 1,280

# shellcheck disable=SC2317 # the trap calls it
cleanup() {
    kill "$pid" 2>/dev/null || true
    wait
    rm -rf "$folder/port" "$folder/profile"
}

fail() {
    echo "pictures: $1; $picture is left as it was" >&2
    exit 1
}

# browse HEIGHT ARGUMENT... shows a page in a window of this height, in CSS pixels.
browse() {
    "$browser" --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$folder/profile" --hide-scrollbars \
        --force-device-scale-factor="$scale" --window-size="$width,$1" "$2" "file://$3" 2>"$folder/browser.log"
}

# height_of PAGE: a script tells it, which the page's own policy would not let run.
height_of() {
    sed -e 's|<meta http-equiv[^>]*>||' -e 's|</body>|<script>document.title=document.body.scrollHeight</script>&|' \
        "$1" >"$folder/measured.html"
    browse 100 --dump-dom "$folder/measured.html" | sed -n 's|.*<title>\([0-9]*\)</title>.*|\1|p'
}

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
rm -f "$folder/port"
mkfifo "$folder/port"
# More streams than the client has: the server counts a stream whose connection was cut until it notices the cut.
"$server" --mode stateful --listen 127.0.0.1 --port 0 --max-streams 12000 --log-level warn \
    >"$folder/port" 2>"$folder/server.log" &
pid=$!
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
read -r line <"$folder/port" || fail "the server did not start, see $folder/server.log"
port=${line#listening on 127.0.0.1:}

"$client" --mode stateful --port "${port%% *}" --streams 10000 --connections 20 --duration 60s --ramp 5s \
    --stall-timeout 3s --chaos 'cut=5s,stall=20%' --seed 11 --html "$folder/report.html" >"$folder/run.txt" ||
    fail "the client ended with $?, see $folder/run.txt"
{
    sed '/<\/head>/,$d' "$folder/report.html"
    echo "<style>$style</style>"
    sed -n '/<\/head>/,$p' "$folder/report.html"
} >"$folder/part.html"
height=$(height_of "$folder/part.html")
browse "${height:-0}" --screenshot="$folder/report.png" "$folder/part.html" ||
    fail "the browser ended with $?, see $folder/browser.log"
mv "$folder/report.png" "$picture"
cat "$folder/run.txt"
echo "$picture"
