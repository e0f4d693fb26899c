"""The cells of the interop matrix that gRPC's own Python client has.

    grpcio.py --numbers N --ca FILE PART...        PART: ID:stateful|stateless:plain|tls:whole|cut:PORT

Each part is a session, or a stateless stream, of N numbers through this port of 127.0.0.1, all parts at once. Every
number is compared with what it must be. A part that is cut must break once, and go on by CONTINUE. Prints a line for
each part, `ID ok …` or `ID not ok: …`.

If the server ends a stream that is not half-closed, haproxy resets it after the status (CANCEL), and C core then drops
what a slow client has not read yet. So a session is half-closed with its command; and a stateless stream, whose END
ends it before the half-close can arrive, may end with CANCELLED once it has all its numbers.
"""

import argparse
import concurrent.futures
import pathlib
import sys
import uuid

import grpc

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "crosscheck"))

from expect import Failure, expect, expect_equal  # noqa: E402 (found by the line above)
from go_rand import session  # noqa: E402
from stream import Stream  # noqa: E402
from wire import decode_reply  # noqa: E402

OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 100)]
LATE_MAX = 3
# What a break may look like: the proxies turn some into a stream that ends without a status, or by a reset.
BREAKS = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.CANCELLED}


class Stateful:
    """A session that only this client knows."""

    def __init__(self, n):
        self.name = uuid.uuid4()
        self.n = n
        self.messages = session(self.name, n)
        self.position = 0  # messages received
        self.attempt = 0
        self.answers = []  # to CONTINUE, which are still to come

    def begin(self, channel):
        self.attempt += 1
        if self.attempt == 1:
            return Stream(channel, f"START {self.name} {self.n}", attempt=1).half_close()
        numbers = self.messages[: min(self.position, self.n)]
        self.answers = [self.position, sum(numbers) % 123456]
        last = self.messages[self.position - 1] if self.position else 0
        return Stream(channel, f"CONTINUE {self.name} {last}", self.position, self.attempt).half_close()

    def take(self, _stream, number):
        if self.answers:
            expect_equal(number, self.answers.pop(0), f"answer to CONTINUE at {self.position}")
            return
        expect(self.position <= self.n, f"a message after the last one: {number}")
        expect_equal(number, self.messages[self.position], f"message {self.position + 1}")
        self.position += 1

    def is_end(self, status):
        expect(status is not grpc.StatusCode.OK or self.position == self.n + 1, f"OK at {self.position}")
        return status is grpc.StatusCode.OK


class Stateless:
    """A stateless stream; END ends it."""

    def __init__(self, n):
        self.n = n
        self.position = 0  # numbers received
        self.last = None

    def begin(self, channel):
        return Stream(channel, "START" if self.last is None else f"CONTINUE {self.last}")

    def take(self, stream, number):
        if self.last is None:
            expect(1 <= number <= 255, f"first number {number}")
        else:
            expect_equal(number, self.last * 3 % 2**64, f"number {self.position + 1}")
        self.last = number
        self.position += 1
        if self.position == self.n:
            stream.send("END").half_close()

    def is_end(self, status):
        expect(status is not grpc.StatusCode.OK or self.position >= self.n, f"OK at {self.position}")
        return self.position >= self.n and status in (grpc.StatusCode.OK, grpc.StatusCode.CANCELLED)


def receive(conversation, channel):
    """One stream, from its command to its status, which is returned."""
    stream = conversation.begin(channel)
    try:
        for reply in stream.call:
            number = decode_reply(reply)
            expect(isinstance(number, int), f"the error {number!r}")
            conversation.take(stream, number)
    except grpc.RpcError:
        stream.half_close()
    except Failure:
        stream.cancel()
        raise
    return stream.call.code()


def run(conversation, channel, is_cut):
    """How it went, in words."""
    broke = []
    begun_late = 0
    while True:
        before = conversation.position
        if conversation.is_end(status := receive(conversation, channel)):
            break
        # A call may still be given to the connection that broke: it ends without a message, and is made again.
        if broke and status is grpc.StatusCode.UNAVAILABLE and conversation.position == before and begun_late < LATE_MAX:
            begun_late += 1
            continue
        expect(status in BREAKS and len(broke) < is_cut, f"{status} at {conversation.position}, after {len(broke)} breaks")
        broke.append(f", resumed at {conversation.position} after {status.name}")
    expect_equal(len(broke), is_cut, "breaks")
    return f"{conversation.n} numbers{''.join(broke)}"


def try_part(part, arguments):
    index, mode, wire, path, port = part.split(":")
    conversation = {"stateful": Stateful, "stateless": Stateless}[mode](arguments.numbers)
    target = f"127.0.0.1:{port}"
    if wire == "tls":
        credentials = grpc.ssl_channel_credentials(pathlib.Path(arguments.ca).read_bytes())
        channel = grpc.secure_channel(target, credentials, OPTIONS)
    else:
        channel = grpc.insecure_channel(target, OPTIONS)
    with channel:
        try:
            return f"{index} ok {run(conversation, channel, path == 'cut')}"
        except Failure as failure:
            return f"{index} not ok: {failure}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numbers", type=int, required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("parts", nargs="+", metavar="PART")
    arguments = parser.parse_args()
    with concurrent.futures.ThreadPoolExecutor(len(arguments.parts)) as pool:
        for line in pool.map(lambda part: try_part(part, arguments), arguments.parts):
            print(line, flush=True)


if __name__ == "__main__":
    main()
