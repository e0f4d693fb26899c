"""One conversation with a server, over gRPC's own Python client, which carries raw bytes here."""

import queue

import grpc
from grpc import StatusCode

from expect import Failure, expect, expect_equal
from wire import decode_reply, encode_request

METHOD = "/grpc.Comms/GetNumbers"
DEADLINE_S = 30
SOON_S = 15  # for what takes no time by itself, on a busy machine
HOUR_NS = 3600 * 10**9  # an interval that lets a stream's first message through


class Stream:
    """One call of GetNumbers. Everything that it expects fails the part where something else comes."""

    def __init__(
        self, channel, command=None, position=None, attempt=None, timeout=DEADLINE_S, method=METHOD, size=None,
        interval_ns=None
    ):
        self.requests = queue.SimpleQueue()
        self.call = channel.stream_stream(method)(iter(self.requests.get, None), timeout=timeout)
        if command is not None:
            self.send(command, position, attempt, size, interval_ns)

    def send(self, command, position=None, attempt=None, size=None, interval_ns=None):
        self.requests.put(encode_request(command, position, attempt, size, interval_ns))
        return self

    def send_bytes(self, data):
        self.requests.put(data)
        return self

    def half_close(self):
        self.requests.put(None)
        return self

    def cancel(self):
        self.half_close()
        self.call.cancel()

    def receive(self):
        """The next number, or error text; None at the end with OK."""
        try:
            return decode_reply(next(self.call))
        except StopIteration:
            self.half_close()
            return None
        except grpc.RpcError as error:
            self.half_close()
            raise Failure(f"the stream ended with {error.code()}: {error.details()!r}") from error

    def number(self):
        got = self.receive()
        expect(isinstance(got, int), f"wanted a number, got {got!r}")
        return got

    def until_deadline(self):
        """All numbers up to an end that is not OK."""
        got = []
        try:
            while True:
                got.append(self.number())
        except Failure:
            return got

    def numbers(self, count):
        return [self.number() for _ in range(count)]

    def rest(self):
        """All numbers up to the end, which must be OK."""
        got = []
        while (value := self.receive()) is not None:
            expect(isinstance(value, int), f"wanted numbers up to the end, got {value!r}")
            got.append(value)
        expect_equal(self.call.code(), StatusCode.OK, "status")
        return got

    def refused(self, code, prefix):
        """The error must come now, after numbers perhaps, and end the stream; the numbers before it."""
        got = []
        while isinstance(value := self.receive(), int):
            got.append(value)
        expect(isinstance(value, str), f"wanted the error {prefix!r}, the stream ended with OK")
        expect(value.startswith(prefix), f"wanted the error {prefix!r}, got {value!r}")
        self.ends(code, value)
        return got

    def error(self):
        """The text of the error that must come now, in a reply or in the status alone."""
        try:
            return decode_reply(next(self.call))
        except grpc.RpcError:
            return self.call.details()

    def stopped(self, code, prefix):
        """The status must come now, alone, after numbers perhaps; the numbers before it."""
        got = []
        try:
            while True:
                value = decode_reply(next(self.call))
                expect(isinstance(value, int), f"wanted the status alone, got the reply {value!r}")
                got.append(value)
        except (StopIteration, grpc.RpcError):
            pass
        self.half_close()
        expect_equal(self.call.code(), code, f"status (details {self.call.details()!r})")
        expect(self.call.details().startswith(prefix), f"wanted {prefix!r}, got {self.call.details()!r}")
        return got

    def ends(self, code, details=None):
        try:
            got = next(self.call)
            raise Failure(f"wanted the end with {code}, got {decode_reply(got)!r}")
        except StopIteration:
            pass
        except grpc.RpcError:
            pass
        self.half_close()
        expect_equal(self.call.code(), code, f"status (details {self.call.details()!r})")
        if details is not None:
            expect_equal(self.call.details(), details, "details of the status, against the error's text")
