"""Compares what the man page says of the log with what the server's source has: each key with its kind, each event.

Prints what only one of them has, and ends with 1 then. Runs in the project's folder.
"""

import pathlib
import re
import sys

KINDS = {"number": "Whole numbers", "word": "Words", "uuid": "Words", "address": "Addresses", "text": "Prose"}
FIELD = re.compile(r"\blog_(number|word|uuid|address|text|duration)\(\s*([^,;]*),")
EVENT = re.compile(r"\blog_(?:event|compose|write)\(\s*LOG_LEVEL_\w+\s*,([^,;]*)")
LITERAL = re.compile(r'"([^"]+)"')


def source():
    for folder in ("server", "shared"):
        for path in sorted(pathlib.Path(folder).rglob("*.[ch]")):
            if path.name != "log.h":  # which defines them
                yield path.read_text(encoding="utf-8")


def section(page, heading):
    """The lines from this heading to the next one of its kind."""
    return page.split(f"\n{heading}\n", 1)[1].split(f"\n{heading[:3]} ", 1)[0].splitlines()


def keys_of_page(page):
    lines = section(page, ".SS Keys")
    kind = None
    for before, line in zip(lines, lines[1:]):
        if before == ".TP":
            kind = line.removeprefix(".B ")
        elif line == ".PP":
            return
        elif kind and line.startswith((".B ", ".BR ")):
            words = re.sub(r'"[^"]*"', " ", line).split()[1:]
            yield from ((word, kind) for word in words if re.fullmatch("[a-z][a-z-]*", word))


def events_of_page(page):
    """What stands behind .TP in the part LOG: the event, and behind it its keys."""
    lines = section(page, ".SH LOG")
    for before, line in zip(lines, lines[1:]):
        if before == ".TP":
            yield from (word.strip() for word in LITERAL.findall(line))


def main():
    page = pathlib.Path("server/comms-server.1").read_text(encoding="utf-8").replace("\\-", "-")
    texts = list(source())
    fields = [field for text in texts for field in FIELD.findall(text)]
    used = {(key, KINDS.get(kind)) for kind, names in fields for key in LITERAL.findall(names)}
    told = {(key, kind) for key, kind in keys_of_page(page) if kind != "All lines"}
    events = {event for text in texts for names in EVENT.findall(text) for event in LITERAL.findall(names)}
    wrong = [f"{key}: not in the man page as {kind}" for key, kind in sorted(used - told)]
    wrong += [f"{key}: not in the source as {kind}" for key, kind in sorted(told - used)]
    wrong += [f"{event}: not an event of the man page" for event in sorted(events - set(events_of_page(page)))]
    if len(used) < 40 or len(events) < 40:
        wrong.append(f"only {len(used)} keys and {len(events)} events were found")
    print("\n".join(wrong) or f"{len(used)} keys and {len(events)} events agree")
    return 1 if wrong else 0


sys.exit(main())
