#!/usr/bin/python3
"""Checks that a file of JSON keeps to a schema, and that the schema leaves nothing open.

Ends with 0 where both hold, with 3 where the file does not, and with 4 where the schema leaves something open.
"""

import argparse
import json
import sys

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

EXIT_INVALID = 3
EXIT_OPEN = 4


def refuse_constant(text):
    raise ValueError(f"{text} is not JSON")


def refuse_twins(pairs):
    """The members of an object; fails where a name comes twice."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError(f"a name comes twice in {sorted(name for name, _ in pairs)}")
    return members


def parse(text):
    return json.loads(text, parse_constant=refuse_constant, object_pairs_hook=refuse_twins)


def is_described(member):
    """Whether a member has a description, or refers to a member of another object, which has one."""
    return "description" in member or "/properties/" in member.get("$ref", "")


def openings(schema, where="#"):
    """What a schema leaves open: members that may be missing or have no description, objects that take any."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from openings(part, f"{where}/{index}")
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object":
        members = schema.get("properties", {})
        if schema.get("additionalProperties") is not False:
            yield f"{where} takes members that it does not name"
        if set(schema.get("required", [])) != set(members):
            yield f"{where} requires other members than it names"
        yield from (f"{where}: {name} has no description" for name in members if not is_described(members[name]))
    for name, part in schema.items():
        yield from openings(part, f"{where}/{name}")


def check(validator, text):
    error = best_match(validator.iter_errors(parse(text)))
    if error is not None:
        raise ValueError(f"{error.json_path}: {error.message}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", action="store_true", help="every line of FILE is a document of its own")
    parser.add_argument("schema", metavar="SCHEMA")
    parser.add_argument("file", metavar="FILE")
    arguments = parser.parse_args()

    with open(arguments.schema, encoding="utf-8") as file:
        schema = parse(file.read())
    Draft202012Validator.check_schema(schema)
    found = list(openings(schema))
    if found:
        print(*found, sep="\n", file=sys.stderr)
        return EXIT_OPEN

    validator = Draft202012Validator(schema)
    with open(arguments.file, "rb") as file:
        data = file.read()
    try:
        text = data.decode("utf-8")
        # Not splitlines(): it takes characters for line ends that may stand in a string.
        for document in text.removesuffix("\n").split("\n") if arguments.lines else [text]:
            check(validator, document)
    except ValueError as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return EXIT_INVALID
    return 0


if __name__ == "__main__":
    sys.exit(main())
