"""
Every error of the protocol that a client can bring about, against the original client: what it prints, and how it ends.

    refusals.py --error-status grpc|ok --stateful PORT --stateless PORT

The servers run with this --error-status, with a short --command-timeout, and with an interval that lets only the first
number of a stream through. The client does all as in its mode, except for its first command. With `ok` it prints the
error and ends. With `grpc` it tries again without a command, until its backoff has grown too long (its waits are
scaled down here). Prints a line for each error, and ends with 1 if one went otherwise.
"""

import argparse
import concurrent.futures
import sys
import uuid

import grpc
from grpc import StatusCode

from modes import Stateful, Stateless
from peer import Call, Peer

N = 5
TIME_SCALE = 0.02
DEADLINE_S = 20
GIVES_UP = [f"Failed to connect, will retry in {ms} seconds" for ms in (1000, 2000, 4000, 8000)] + [
    "Failed to connect, timeout"]
MALFORMED = b"\xff"
HALF_CLOSE = None


class Row:
    """An error, and what brings it about; @ stands for the uuid of the row's session."""

    def __init__(self, text, status, first, then=None, holder=None, other=None):
        self.text = text
        self.status = status
        self.first = first  # instead of the mode's first command
        self.then = then  # the client's second command, once it has a number
        self.holder = holder  # another client's first command, answered before the client's
        self.other = other  # another client's first command, once the client has a number; # is this number


STATEFUL = (
    Row("unknown command", StatusCode.INVALID_ARGUMENT, "GO"),
    Row("unknown command", StatusCode.INVALID_ARGUMENT, "END"),
    Row("invalid start parameters", StatusCode.INVALID_ARGUMENT, "START"),
    Row("invalid continue parameters", StatusCode.INVALID_ARGUMENT, "CONTINUE @"),
    Row("invalid uuid", StatusCode.INVALID_ARGUMENT, 'START "nobody" 5'),
    Row("invalid n", StatusCode.INVALID_ARGUMENT, 'START "@" five'),
    Row("invalid n value", StatusCode.INVALID_ARGUMENT, 'START "@" 0'),
    Row("invalid last number", StatusCode.INVALID_ARGUMENT, "CONTINUE @ x"),
    Row("stream closed before START or CONTINUE", StatusCode.INVALID_ARGUMENT, HALF_CLOSE),
    Row("malformed request", StatusCode.INVALID_ARGUMENT, MALFORMED),
    Row("uuid has no session", StatusCode.NOT_FOUND, "CONTINUE @ 1"),
    Row("uuid already taken", StatusCode.ALREADY_EXISTS, 'START "@" 5', holder="START @ 5"),
    Row("wrong last number", StatusCode.OUT_OF_RANGE, "CONTINUE @ 1", holder="START @ 5"),
    Row("server was already running", StatusCode.FAILED_PRECONDITION, 'START "@" 5', then='START "@" 5'),
    Row("session continued on another stream", StatusCode.ABORTED, 'START "@" 5', other="CONTINUE @ #"),
)
STATELESS = (
    Row("unknown command", StatusCode.INVALID_ARGUMENT, "start"),
    Row("invalid start parameters", StatusCode.INVALID_ARGUMENT, "START 1"),
    Row("invalid continue parameters", StatusCode.INVALID_ARGUMENT, "CONTINUE"),
    Row("invalid continue value", StatusCode.INVALID_ARGUMENT, "CONTINUE x"),
    Row("invalid a value", StatusCode.INVALID_ARGUMENT, "CONTINUE 0"),
    Row("stream closed before START or CONTINUE", StatusCode.INVALID_ARGUMENT, HALF_CLOSE),
    Row("malformed request", StatusCode.INVALID_ARGUMENT, MALFORMED),
    Row("server was already running", StatusCode.FAILED_PRECONDITION, "START", then="CONTINUE 5"),
)


class Erring:
    """A mode of the original client whose first command is the row's."""

    def __init__(self, row, mode, name, channel):
        self._row = row
        self._mode = mode
        self._name = name
        self._channel = channel  # of the other client

    def begin(self, call, last):
        if last is not None:
            self._mode.begin(call, last)
        elif self._row.first is HALF_CLOSE:
            call.half_close()
        elif self._row.first is MALFORMED:
            call.send_bytes(MALFORMED)
        else:
            call.send(self._row.first.replace("@", self._name))

    def take(self, call, reply):
        self._mode.take(call, reply)
        if isinstance(reply, str):
            return
        if self._row.then is not None:
            call.send(self._row.then.replace("@", self._name))
        if self._row.other is not None:
            self._other = Call(self._channel)
            self._other.send(self._row.other.replace("@", self._name).replace("#", str(reply)))


def differences(row, lines, statuses, error_status):
    """What is not as it must be; empty if all is."""
    numbers = 0 if row.then is None and row.other is None else 1
    end = GIVES_UP if error_status == "grpc" else []
    wanted = [row.status] + [StatusCode.DEADLINE_EXCEEDED] * 4 if error_status == "grpc" else [StatusCode.OK]
    found = []
    if [line.split(":")[0] for line in lines[:numbers]] != ["Response"] * numbers:
        found.append(f"wanted {numbers} numbers first")
    error = lines[numbers] if len(lines) > numbers else ""
    if error.split(":")[:2] != ["Error", " " + row.text]:
        found.append(f"wanted the error {row.text!r}")
    if lines[numbers + 1:] != end:
        found.append(f"wanted the end {end}")
    if statuses != wanted:
        found.append(f"wanted the statuses {wanted}")
    return found + [f"got {lines} {statuses}"] if found else []


def check(row, is_stateful, port, error_status):
    lines = []
    name = str(uuid.uuid4())
    mode = Stateful(name, N, say=lines.append) if is_stateful else Stateless(N, say=lines.append)
    lines.clear()  # without N and UUID
    with grpc.insecure_channel(f"localhost:{port}") as channel:
        if row.holder is not None:
            holder = Call(channel)
            holder.send(row.holder.replace("@", name))
            next(holder.replies())
        peer = Peer(port, Erring(row, mode, name, channel), say=lines.append, time_scale=TIME_SCALE)
        peer.run()
    return differences(row, lines, peer.statuses, error_status)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--error-status", choices=("grpc", "ok"), required=True)
    parser.add_argument("--stateful", type=int, required=True, metavar="PORT")
    parser.add_argument("--stateless", type=int, required=True, metavar="PORT")
    arguments = parser.parse_args()
    rows = [(row, True, arguments.stateful) for row in STATEFUL] + [
        (row, False, arguments.stateless) for row in STATELESS]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(rows)) as pool:
        checks = [pool.submit(check, *row, arguments.error_status) for row in rows]
        for (row, is_stateful, _), done in zip(rows, checks):
            found = done.result(DEADLINE_S)
            failed += bool(found)
            place = f"{'stateful' if is_stateful else 'stateless'}: {row.text}"
            print(f"not ok - {place}: {'; '.join(found)}" if found else f"ok - {place}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
