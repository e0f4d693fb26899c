"""Tries the man page's tables of other tools: comms-client must take every option that stands there.

The client reads all of its options before it answers --help, and refuses the first one that it does not
know or whose value is wrong.
"""

import re
import shlex
import subprocess
import sys

PAGE = "client/comms-client.1"
CLIENT = sys.argv[1]
TOOLS = ["iperf3", "ghz", "k6", "grpcurl"]
ROWS_MIN = 8
INDENT = 7  # of the page on a terminal
COLUMNS = 80
COLUMN = 30  # where the right side begins

# What stands in the tables for a value.
VALUES = {"HOST": "127.0.0.1", "NAME": "name.example", "FILE": "/dev/null", "TEXT": "text",
          "CA": "ca.pem", "C": "me.pem", "K": "me.key", "unix:PATH": "unix:/run/comms.sock"}


def read_tables():
    """The lines between .nf and .fi of each tool, as a terminal shows them."""
    tables = {}
    tool = None
    with open(PAGE, encoding="utf-8") as page:
        for line in page:
            line = line.rstrip("\n")
            if line.startswith(".SS ") or line.startswith(".SH "):
                tool = line[4:] if line[4:] in TOOLS else None
            elif tool is not None and not line.startswith("."):
                text = line.replace("\\(aq", "'").replace("\\-", "-")
                tables.setdefault(tool, []).append(text)
    return tables


def is_taken(words):
    """Whether the client knows these options and their values, and what it said."""
    done = subprocess.run([CLIENT, *words, "--help"], capture_output=True, text=True, timeout=20)
    return done.returncode == 0, done.stderr


def main():
    wrong = []
    tables = read_tables()
    if is_taken(["--no-such-option"])[0]:
        wrong.append("the client takes any option")
    for tool in TOOLS:
        rows = tables.get(tool, [])[1:]
        if len(rows) < ROWS_MIN:
            wrong.append(f"{tool}: {len(rows)} rows, expected {ROWS_MIN}")
        all_words = []
        for row in rows:
            ours = row[COLUMN:]
            if INDENT + len(row) > COLUMNS or not re.match(r"\S.*\S {1,}$", row[:COLUMN]):
                wrong.append(f"{tool}: the row does not fit: {row}")
            if ours.startswith("("):
                continue
            all_words.append([VALUES.get(word, word) for word in shlex.split(ours)])
        if is_taken([word for words in all_words for word in words])[0]:
            continue  # the rest of the loop says which row was wrong
        for words in all_words:
            taken, said = is_taken(words)
            if not taken:
                wrong.append(f"{tool}: {' '.join(words)}: {said}")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
