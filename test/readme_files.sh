#!/bin/sh
# Checks that the README of a folder names each of its C files. `make tidy` runs it; it prints each that is missing.
#
# NAME_fixture is named as a kind. The trials and suites of sessions in test/faults are in sessions.md.
set -eu
cd "$(dirname "$0")/.."

status=0
for readme in server/*/README.md shared/*/README.md test/e2e/README.md test/faults/README.md test/fuzz/README.md \
    test/kit/README.md; do
    folder=${readme%/README.md}
    for file in "$folder"/*.c "$folder"/*.h; do
        name=$(basename "${file%.[ch]}")
        case $name in *_fixture | '*') continue ;; esac
        suite=$(printf %s "${name#check_}" | tr _ -)
        if ! grep -qE "(^|[^[:alnum:]_-])($name|$suite)([^[:alnum:]_-]|$)" "$folder"/*.md; then
            echo "$readme: no row for $file"
            status=1
        fi
    done
done
exit $status
