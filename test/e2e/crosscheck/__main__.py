"""Checks running comms-servers with a client that shares no code with this project.

gRPC's own Python client carries raw bytes; the protobuf messages are written and read by hand. Prints a line for each
part, and ends with 1 at the first thing that is not as proto/PROTOCOL.md says.
"""

import argparse
import sys
import time

import grpc

import limits
import padding
import refusals
import stateful_continue
import stateful_numbers
import stateless
from expect import Failure
from parts import parts_of
from vectors import read_vectors

PARTS = parts_of(stateful_numbers, stateful_continue, refusals, stateless, padding, limits)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", required=True)
    for server in dict.fromkeys(part.server for part in PARTS):
        parser.add_argument(f"--{server}", metavar="TARGET", help="skip its parts when not given")
    parser.add_argument("--draining-pid", type=int, help="gets SIGTERM")
    arguments = parser.parse_args()
    vectors = read_vectors(arguments.vectors)
    parts = [part for part in PARTS if getattr(arguments, part.server) is not None]
    if not parts:
        parser.error("no server is given, so nothing is checked")
    for part in parts:
        more = [arguments.draining_pid] if part.server == "draining" else []
        began = time.monotonic()
        with grpc.insecure_channel(getattr(arguments, part.server)) as channel:
            try:
                part(channel, vectors, *more)
            except Failure as failure:
                print(f"not ok - {part.server}: {part.__name__}: {failure}", flush=True)
                return 1
        print(f"ok - {part.server}: {part.__name__} ({time.monotonic() - began:.2f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
