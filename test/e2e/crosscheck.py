#!/usr/bin/python3
"""Checks running comms-servers with a client that shares no code with this project.

gRPC's own Python client carries raw bytes; the protobuf messages are written and read by hand here. Prints a
line for each part, and ends with 1 at the first thing that is not as proto/PROTOCOL.md says.
"""

import argparse
import json
import os
import queue
import signal
import sys
import time
import uuid

import grpc
from grpc import StatusCode

METHOD = "/grpc.Comms/GetNumbers"
DEADLINE_S = 30
SOON_S = 3
PARTS = []


class Failure(Exception):
    """The server did something else than the protocol says."""


def expect(condition, message):
    if not condition:
        raise Failure(message)


def expect_equal(got, wanted, what):
    expect(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}")


# --- the wire -------------------------------------------------------------------------------------------------------


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_request(message, position=None):
    text = message.encode() if isinstance(message, str) else message
    out = b"\x0a" + varint(len(text)) + text
    return out if position is None else out + b"\x10" + varint(position)


def read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def read_field(data, number, wire_type):
    """The only field of a message, which must be this one."""
    expect(data[0] == number << 3 | wire_type, f"unexpected field in {data.hex()}")
    value, at = read_varint(data, 1)
    if wire_type == 0:
        expect_equal(at, len(data), "bytes of a number")
        return value
    expect_equal(at + value, len(data), "bytes of a field")
    return data[at:]


def decode_reply(data):
    """A number, or the text of an error."""
    expect(data, "an empty Reply")
    if data[0] == 0x0A:
        body = read_field(data, 1, 2)
        return read_field(body, 1, 0) if body else 0
    return read_field(read_field(data, 2, 2), 1, 2).decode("utf-8")


class Stream:
    """One conversation."""

    def __init__(self, channel, command=None, position=None, timeout=DEADLINE_S, method=METHOD):
        self.requests = queue.SimpleQueue()
        self.call = channel.stream_stream(method)(iter(self.requests.get, None), timeout=timeout)
        if command is not None:
            self.send(command, position)

    def send(self, command, position=None):
        self.requests.put(encode_request(command, position))
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


# --- what is known of the numbers -----------------------------------------------------------------------------------


class Vector:
    def __init__(self, entry):
        self.uuid = entry["uuid"]
        self.first10 = entry["first10"]
        self.checksums = {int(n): value for n, value in entry["checksum"].items()}
        self.fnv = int(entry["fnv1a64_of_65535_le_uint32"], 16)
        self.duplicate = entry["first_duplicate"]

    def fresh(self):
        """A uuid that nobody used yet, with the same numbers: only the first 8 bytes are the seed."""
        return str(uuid.UUID(bytes=uuid.UUID(self.uuid).bytes[:8] + os.urandom(8)))

    def checksum(self, k):
        return sum(self.first10[:k]) % 123456

    def session(self, n):
        return self.first10[:n] + [self.checksum(n)]


def fnv1a64(numbers):
    value = 0xCBF29CE484222325
    for number in numbers:
        for byte in number.to_bytes(4, "little"):
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def part(server):
    """A function of the channel to this server, and of the vectors by uuid."""

    def keep(function):
        PARTS.append((server, function))
        return function

    return keep


def expect_resumes(channel, name, last, position, vector, at, n):
    """CONTINUE must find the client at `at`, and bring all that follows of n numbers."""
    got = Stream(channel, f"CONTINUE {name} {last}", position).rest()
    answer = [at, vector.checksum(min(at, n))]
    expect_equal(got, answer + vector.session(n)[at:], f"CONTINUE {name} {last} at {position}")


def interrupted(channel, vector, received, n=1000):
    """A session of n numbers whose client received so many and went away."""
    name = vector.fresh()
    stream = Stream(channel, f"START {name} {n}")
    expect_equal(stream.numbers(received), vector.first10[:received], "numbers before the break")
    stream.cancel()
    return name


# --- stateful: numbers ----------------------------------------------------------------------------------------------


@part("fast")
def first_ten_numbers_of_every_vector(channel, vectors):
    for vector in vectors.values():
        for n in (1, 2, 5, 10):
            got = Stream(channel, f"START {vector.fresh()} {n}").rest()
            expect_equal(got, vector.session(n), f"{vector.uuid} {n}")


@part("fast")
def checksums_of_every_vector(channel, vectors):
    for vector in vectors.values():
        for n in (1, 5, 1000):
            got = Stream(channel, f"START {vector.uuid} {n}").rest()
            expect_equal(len(got), n + 1, f"messages of {vector.uuid} {n}")
            expect_equal(got[n], vector.checksums[n], f"checksum of {vector.uuid} {n}")
            expect_equal(got[n], sum(got[:n]) % 123456, f"sum of {vector.uuid} {n}")


@part("fast")
def all_numbers_and_a_value_that_repeats(channel, vectors):
    vector = vectors["00000000-0000-0000-0000-000000000000"]
    name = vector.fresh()
    all_messages = Stream(channel, f"START {name} 65535").rest()
    expect_equal(len(all_messages), 65536, "messages")
    expect_equal(fnv1a64(all_messages[:65535]), vector.fnv, "FNV-1a of all numbers")
    expect_equal(all_messages[65535], vector.checksums[65535], "checksum of all numbers")
    first, second, value = (vector.duplicate[key] for key in ("first", "second", "value"))
    for position, at in ((None, second), (first, first), (second, second)):
        stream = Stream(channel, f"CONTINUE {name} {value}", position)
        wanted = [at, sum(all_messages[:at]) % 123456] + all_messages[at:at + 3]
        expect_equal(stream.numbers(5), wanted, f"the repeated value at position {position}")
        stream.cancel()


@part("fast")
def every_way_to_write_a_uuid(channel, vectors):
    vector = vectors["3f2504e0-4f89-11d3-9a0c-0305e82c3301"]
    plain = vector.fresh()
    digits = plain.replace("-", "")
    forms = (plain, plain.upper(), digits, digits.upper(), "{%s}" % plain, "urn:uuid:" + plain,
             "URN:UUID:" + plain.upper(), '"%s"' % plain)
    for form in forms:
        expect_equal(Stream(channel, f"START {form} 3").rest(), vector.session(3), f"START {form}")
        expect_resumes(channel, plain, vector.first10[0], 1, vector, 1, 3)
        expect_resumes(channel, form, vector.first10[1], None, vector, 2, 3)
    for form in (plain[:-1], plain + "0", digits[:-1], plain.replace("-", "_"), "g" + plain[1:], "{%s" % plain,
                 "%s}" % plain, "'%s'" % plain, '"%s' % plain, "{%s}" % digits, "urn:uuid:" + digits,
                 "urn:uuie:" + plain, plain[:8] + plain[9:] + "-", "-", '""'):
        Stream(channel, f"START {form} 3").refused(StatusCode.INVALID_ARGUMENT, "invalid uuid")
        Stream(channel, f"CONTINUE {form} 3").refused(StatusCode.INVALID_ARGUMENT, "invalid uuid")


@part("fast")
def white_space_and_unknown_fields(channel, vectors):
    vector = vectors["ffffffff-ffff-ffff-ffff-ffffffffffff"]
    got = Stream(channel, f" \t START\t{vector.fresh()}  \t 2 \r\n").rest()
    expect_equal(got, vector.session(2), "START with much white space")
    name = vector.fresh()
    request = b"\x7a\x03abc" + encode_request(f"START {name} 2") + b"\x80\x01\x05"
    got = Stream(channel).send_bytes(request).rest()
    expect_equal(got, vector.session(2), "START with unknown fields around it")


# --- stateful: CONTINUE ---------------------------------------------------------------------------------------------


@part("fast")
def continue_of_a_finished_session(channel, vectors):
    vector = vectors["c9a646d3-9c61-4cb7-bfcd-ee2522c8f633"]
    name = vector.fresh()
    expect_equal(Stream(channel, f"START {name} 10").rest(), vector.session(10), "START")
    for at in range(1, 11):
        expect_resumes(channel, name, vector.first10[at - 1], at, vector, at, 10)
        expect_resumes(channel, name, vector.first10[at - 1], None, vector, at, 10)
    expect_resumes(channel, name, 0, 0, vector, 0, 10)
    expect_resumes(channel, name, 4294967295, 0, vector, 0, 10)
    expect_resumes(channel, name, vector.checksum(10), 11, vector, 11, 10)
    expect_resumes(channel, name, vector.checksum(10), None, vector, 11, 10)
    for last, position in ((vector.first10[0], 2), (vector.checksum(10), 10), (vector.first10[9], 11),
                           (vector.checksum(10), 12), (vector.first10[9], 4294967295), (1, None)):
        stream = Stream(channel, f"CONTINUE {name} {last}", position)
        stream.refused(StatusCode.OUT_OF_RANGE, "wrong last number")
    got = Stream(channel, f"START {name} 4").rest()
    expect_equal(got, vector.session(4), "START anew of a finished session")
    stream = Stream(channel, f"CONTINUE {name} {vector.first10[5]}", 6)
    stream.refused(StatusCode.OUT_OF_RANGE, "wrong last number")
    expect_resumes(channel, name, vector.first10[2], None, vector, 3, 4)


@part("fast")
def equal_numbers_by_value_and_by_position(channel, vectors):
    vector = vectors["24cb0169-21d3-a888-8000-000000000005"]
    name = vector.fresh()
    expect_equal(vector.first10[0], vector.first10[4], "the vector's 1st and 5th number")
    expect_equal(Stream(channel, f"START {name} 10").rest(), vector.session(10), "START")
    expect_resumes(channel, name, vector.first10[0], None, vector, 5, 10)
    expect_resumes(channel, name, vector.first10[0], 1, vector, 1, 10)
    expect_resumes(channel, name, vector.first10[0], 5, vector, 5, 10)


@part("slow")
def equal_numbers_with_the_second_not_sent_yet(channel, vectors):
    """The server sends a number each five seconds, so it will not be at the 5th."""
    vector = vectors["24cb0169-21d3-a888-8000-000000000005"]
    name = vector.fresh()
    first = Stream(channel, f"START {name} 10")
    expect_equal(first.number(), vector.first10[0], "number 1")
    stream = Stream(channel, f"CONTINUE {name} {vector.first10[4]}", 5)
    stream.refused(StatusCode.OUT_OF_RANGE, "wrong last number")
    second = Stream(channel, f"CONTINUE {name} {vector.first10[0]}")
    expect_equal(second.numbers(2), [1, vector.checksum(1)], "answer at the 1st")
    began = time.monotonic()
    first.refused(StatusCode.ABORTED, "session continued on another stream")
    expect(time.monotonic() - began < SOON_S, "the old stream was not told at once that it was taken over")
    second.cancel()


@part("paced")
def continue_after_a_break(channel, vectors):
    vector = vectors["80000000-0000-0000-8000-000000000003"]
    name = interrupted(channel, vector, 5)
    for at, position in ((5, 5), (0, 0), (5, 5), (2, 2), (5, None), (1, 1), (3, None)):
        last = vector.first10[at - 1] if at else 7
        stream = Stream(channel, f"CONTINUE {name} {last}", position)
        expect_equal(stream.numbers(2), [at, vector.checksum(at)], f"answer at {at}")
        expect_equal(stream.numbers(2), vector.first10[at:at + 2], f"numbers after {at}")
        stream.cancel()


@part("paced")
def taking_over(channel, vectors):
    vector = vectors["7fffffff-ffff-ffff-8000-000000000002"]
    name = vector.fresh()
    streams = [Stream(channel, f"START {name} 1000")]
    expect_equal(streams[0].numbers(2), vector.first10[:2], "numbers before")
    for at in (2, 1, 0):
        stream = Stream(channel, f"CONTINUE {name} {vector.first10[at - 1]}", at)
        expect_equal(stream.numbers(2), [at, vector.checksum(at)], f"answer at {at}")
        expect_equal(stream.number(), vector.first10[at], f"number {at + 1}")
        old = streams[-1].refused(StatusCode.ABORTED, "session continued on another stream")
        seen = 2 if len(streams) == 1 else at + 2
        expect_equal(old[:10 - seen], vector.first10[seen:seen + len(old)], "the old stream's last numbers")
        streams.append(stream)
    expect_equal(streams[-1].numbers(9), vector.first10[1:], "the last owner's numbers")
    streams[-1].cancel()


# --- refusals -------------------------------------------------------------------------------------------------------

BIG = "9" * 40
# @ stands for the uuid of a session
STATEFUL_REFUSALS = (
    ("GO", "unknown command"), ("", "unknown command"), (" \t ", "unknown command"), ("start @ 5", "unknown command"),
    ("START@ 5", "unknown command"), ("END", "unknown command"), ("ST\u00c4RT \u2603", "unknown command"),
    ("GO\x1b[31m\r\nx: y", "unknown command"), ("%41%zz%", "unknown command"), ("X" * 900, "unknown command"),
    ("START", "invalid start parameters"), ("START @", "invalid start parameters"),
    ("START @ 5 6", "invalid start parameters"), ("START @ 5 " + "x " * 400, "invalid start parameters"),
    ("CONTINUE", "invalid continue parameters"), ("CONTINUE @", "invalid continue parameters"),
    ("CONTINUE @ 1 2", "invalid continue parameters"),
    ("START nobody 5", "invalid uuid"), ("CONTINUE nobody 5", "invalid uuid"),
    ("START " + "a" * 900 + " 5", "invalid uuid"),
    ("START @ five", "invalid n"), ("START @ 5x", "invalid n"), ("START @ 0x5", "invalid n"),
    ("START @ 5.0", "invalid n"), ("START @ -1", "invalid n"), ("START @ \u0665", "invalid n"),
    ("START @ 0", "invalid n value"), ("START @ 65536", "invalid n value"), ("START @ " + BIG, "invalid n"),
    ("CONTINUE @ x", "invalid last number"), ("CONTINUE @ 1x", "invalid last number"),
    ("CONTINUE @ -1", "invalid last number"), ("CONTINUE @ 4294967296", "invalid last number"),
    ("CONTINUE @ " + BIG, "invalid last number"),
)
STATELESS_REFUSALS = (
    ("GO", "unknown command"), ("", "unknown command"), ("end", "unknown command"),
    ("START 1", "invalid start parameters"), ("START @ 5", "invalid start parameters"),
    ("CONTINUE", "invalid continue parameters"), ("CONTINUE 1 2", "invalid continue parameters"),
    ("CONTINUE x", "invalid continue value"), ("CONTINUE 1x", "invalid continue value"),
    ("CONTINUE -1", "invalid continue value"), ("CONTINUE +1", "invalid continue value"),
    ("CONTINUE 18446744073709551616", "invalid continue value"), ("CONTINUE " + BIG, "invalid continue value"),
    ("CONTINUE 0", "invalid a value"), ("CONTINUE 000", "invalid a value"),
)
BAD_REQUESTS = (b"\xff", b"\xff\xff\xff", b"\x0a\x05abc", b"\x0a", b"\x0a\xff\xff\xff\xff\x0f", b"\x0b", b"\x00\x01")


def expect_refusals(channel, refusals, name):
    for command, prefix in refusals:
        try:
            Stream(channel, command.replace("@", name)).refused(StatusCode.INVALID_ARGUMENT, prefix)
        except Failure as failure:
            raise Failure(f"{command[:60]!r}: {failure}") from failure
    for request in BAD_REQUESTS:
        try:
            Stream(channel).send_bytes(request).refused(StatusCode.INVALID_ARGUMENT, "malformed request")
        except Failure as failure:
            raise Failure(f"request {request.hex()}: {failure}") from failure
    # Either row of the table will do, but in proper UTF-8.
    for text in (b"\xff\xfe", b"GO \xc3", b"GO\x00", b"START\x00 1 2"):
        Stream(channel, text, timeout=5).refused(StatusCode.INVALID_ARGUMENT, "")
    # Too long for any command: gRPC's own limit on messages may answer.
    for text in (b"X" * 100000, b"START " + b"9" * 100000):
        try:
            Stream(channel, text).refused(StatusCode.INVALID_ARGUMENT, "")
        except Failure as failure:
            expect("RESOURCE_EXHAUSTED" in str(failure), f"a request of {len(text)} bytes: {failure}")
    stream = Stream(channel).half_close()
    stream.refused(StatusCode.INVALID_ARGUMENT, "stream closed before START or CONTINUE")


@part("paced")
def refused_commands_change_nothing(channel, vectors):
    vector = vectors["00000000-0000-0001-8000-000000000004"]
    idle = interrupted(channel, vector, 3)
    owned = vector.fresh()
    live = Stream(channel, f"START {owned} 1000")
    expect_equal(live.numbers(2), vector.first10[:2], "the owned session before")
    for name in (idle, owned):
        expect_refusals(channel, STATEFUL_REFUSALS, name)
        stream = Stream(channel, f"START {name} 5")
        stream.refused(StatusCode.ALREADY_EXISTS, "uuid already taken")
        for last, position in ((1, None), (1, 1), (vector.first10[0], 2), (vector.first10[0], 1001)):
            stream = Stream(channel, f"CONTINUE {name} {last}", position)
            stream.refused(StatusCode.OUT_OF_RANGE, "wrong last number")
    resumed = Stream(channel, f"CONTINUE {idle} {vector.first10[2]}", 3)
    expect_equal(resumed.numbers(4), [3, vector.checksum(3)] + vector.first10[3:5], "the idle session")
    resumed.cancel()
    expect_equal(live.numbers(8), vector.first10[2:], "the owned session after")
    live.cancel()


@part("paced")
def refused_start_leaves_nothing(channel, vectors):
    vector = vectors["ffffffff-ffff-ffff-ffff-ffffffffffff"]
    name = vector.fresh()
    for _ in range(2):
        stream = Stream(channel, f"CONTINUE {name} 1")
        stream.refused(StatusCode.NOT_FOUND, "uuid has no session")
        stream = Stream(channel, f"CONTINUE {name} 1", 0)
        stream.refused(StatusCode.NOT_FOUND, "uuid has no session")
        Stream(channel, f"START {name} 65536").refused(StatusCode.INVALID_ARGUMENT, "invalid n value")


@part("paced")
def second_command_on_a_stream(channel, vectors):
    vector = vectors["ffffffff-ffff-ffff-ffff-ffffffffffff"]
    for command in ("START @ 10", "START %s 10" % vector.fresh(), "CONTINUE @ %d" % vector.first10[0]):
        name = vector.fresh()
        stream = Stream(channel, f"START {name} 1000")
        got = [stream.number()]
        stream.send(command.replace("@", name))
        got += stream.refused(StatusCode.FAILED_PRECONDITION, "server was already running")
        expect_equal(got[:10], vector.first10[:len(got)], "numbers before the refusal")
        resumed = Stream(channel, f"CONTINUE {name} {got[0]}", 1)
        expect_equal(resumed.numbers(4), [1, vector.checksum(1)] + vector.first10[1:3], "the session after the refusal")
        resumed.cancel()


@part("paced")
def half_close_and_deadline(channel, vectors):
    vector = vectors["c9a646d3-9c61-4cb7-bfcd-ee2522c8f633"]
    got = Stream(channel, f"START {vector.fresh()} 5").half_close().rest()
    expect_equal(got, vector.session(5), "numbers after a half-close")
    name = vector.fresh()
    stream = Stream(channel, f"START {name} 1000", timeout=0.3)
    got = stream.numbers(2)
    try:
        while True:
            got.append(stream.number())
    except Failure:
        expect_equal(stream.call.code(), StatusCode.DEADLINE_EXCEEDED, "status past the deadline")
    expect_equal(got[:10], vector.first10[:len(got)], "numbers up to the deadline")
    resumed = Stream(channel, f"CONTINUE {name} {got[-1]}", len(got))
    expect_equal(resumed.numbers(2), [len(got), sum(got) % 123456], "answer after the deadline")
    resumed.cancel()


@part("paced")
def unknown_methods(channel, _vectors):
    for method in ("/grpc.Comms/Nothing", "/grpc.Nothing/GetNumbers", "/x"):
        Stream(channel, "START", method=method).ends(StatusCode.UNIMPLEMENTED)


# --- stateless ------------------------------------------------------------------------------------------------------


def expect_tripling(numbers):
    for last, following in zip(numbers, numbers[1:]):
        expect_equal(following, last * 3 % 2**64, f"the number after {last}")


@part("stateless")
def stateless_numbers(channel, _vectors):
    firsts = []
    for _ in range(40):
        stream = Stream(channel, "START")
        firsts.append(stream.number())
        stream.cancel()
    expect(all(1 <= first <= 255 for first in firsts), f"first numbers {firsts}")
    expect(len(set(firsts)) > 5, f"first numbers are not random: {firsts}")
    stream = Stream(channel, "START")
    expect_tripling(stream.numbers(100))
    stream.send("END")
    stream.rest()


@part("stateless")
def stateless_continue_and_end(channel, _vectors):
    for last in (1, 5, 255, 6148914691236517206, 2**63, 2**64 - 1):
        stream = Stream(channel, f"CONTINUE {last}").half_close()
        expect_tripling([last] + stream.numbers(5))
        stream.cancel()
    expect_equal(Stream(channel, "END").rest(), [], "END before START")
    expect_tripling(Stream(channel, "START").send("END").rest())
    expect_tripling([7] + Stream(channel, "CONTINUE 7").send("END").rest())
    stream = Stream(channel, "START", timeout=0.3)
    stream.number()
    try:
        while True:
            stream.number()
    except Failure:
        expect_equal(stream.call.code(), StatusCode.DEADLINE_EXCEEDED, "status past the deadline")


@part("stateless")
def stateless_refusals(channel, vectors):
    expect_refusals(channel, STATELESS_REFUSALS, next(iter(vectors)))
    for command in ("START", "CONTINUE 5"):
        stream = Stream(channel, "START").send(command)
        expect_tripling(stream.refused(StatusCode.FAILED_PRECONDITION, "server was already running"))


# --- eviction, limits, drain ----------------------------------------------------------------------------------------


@part("evicting")
def eviction(channel, vectors):
    """The server evicts after 300 ms; a refused CONTINUE must not keep a session alive."""
    vector = vectors["a17417a0-aa39-40b5-8675-247713cc4908"]
    got = Stream(channel, f"START {vector.fresh()} 10").rest()
    expect_equal(got, vector.session(10), "a session that is owned longer than the time-out")
    name = vector.fresh()
    expect_equal(Stream(channel, f"START {name} 2").rest(), vector.session(2), "START")
    left = time.monotonic()
    expect_resumes(channel, name, vector.first10[0], 1, vector, 1, 2)
    while True:
        stream = Stream(channel, f"CONTINUE {name} 1", 1)
        text = stream.receive()
        age = time.monotonic() - left
        if text.startswith("uuid has no session"):
            stream.ends(StatusCode.NOT_FOUND, text)
            break
        stream.ends(StatusCode.OUT_OF_RANGE, text)
        expect(age < DEADLINE_S, "the session was never evicted")
    expect(age > 0.3, f"the session was evicted after {age:.3f} s")
    expect_equal(Stream(channel, f"START {name} 3").rest(), vector.session(3), "START after eviction")


@part("limited")
def limits(channel, vectors):
    """The server takes two streams and two sessions."""
    vector = vectors["a17417a0-aa39-40b5-8675-247713cc4908"]
    live = Stream(channel, f"START {vector.fresh()} 50")
    got = [live.number()]
    other = Stream(channel, f"START {vector.fresh()} 1000")
    other.number()
    stream = Stream(channel, f"START {vector.fresh()} 10")
    stream.refused(StatusCode.RESOURCE_EXHAUSTED, "too many streams")
    other.cancel()
    refused = vector.fresh()
    began = time.monotonic()
    text = "too many streams"
    while text.startswith("too many streams"):  # until the server has noticed that the other one left
        expect(time.monotonic() - began < SOON_S, "a stream that left still counts")
        stream = Stream(channel, f"START {refused} 10")
        text = stream.receive()
        stream.ends(StatusCode.RESOURCE_EXHAUSTED, text)
    expect(text.startswith("too many sessions"), f"wanted too many sessions, got {text!r}")
    got += live.rest()
    expect_equal(got[:10], vector.first10, "the stream that was there before")
    expect_equal(got[50], sum(got[:50]) % 123456, "its checksum")
    began = time.monotonic()
    while text.startswith("too many"):
        expect(time.monotonic() - began < SOON_S, "a stream that finished or was refused still counts")
        stream = Stream(channel, f"CONTINUE {refused} 0", 0)
        text = stream.receive()
    expect(text.startswith("uuid has no session"), f"the refused START left something: {text!r}")
    stream.ends(StatusCode.NOT_FOUND, text)


@part("draining")
def drain(channel, vectors, pid):
    vector = vectors["a17417a0-aa39-40b5-8675-247713cc4908"]
    short = Stream(channel, f"START {vector.fresh()} 10")
    long = Stream(channel, f"START {vector.fresh()} 65535")
    got = [short.number()]
    long.number()
    os.kill(pid, signal.SIGTERM)
    expect_equal(got + short.rest(), vector.session(10), "the session that could finish in time")
    long.refused(StatusCode.UNAVAILABLE, "server is shutting down")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", required=True)
    for server in dict.fromkeys(server for server, _ in PARTS):
        parser.add_argument(f"--{server}", metavar="TARGET", help="skip its parts when not given")
    parser.add_argument("--draining-pid", type=int, help="gets SIGTERM")
    arguments = parser.parse_args()
    with open(arguments.vectors, encoding="utf-8") as file:
        vectors = {entry["uuid"]: Vector(entry) for entry in json.load(file)}
    parts = [(server, function) for server, function in PARTS if getattr(arguments, server) is not None]
    if not parts:
        parser.error("no server is given, so nothing is checked")
    for server, function in parts:
        target = getattr(arguments, server)
        more = [arguments.draining_pid] if server == "draining" else []
        began = time.monotonic()
        with grpc.insecure_channel(target) as channel:
            try:
                function(channel, vectors, *more)
            except Failure as failure:
                print(f"not ok - {server}: {function.__name__}: {failure}", flush=True)
                return 1
        print(f"ok - {server}: {function.__name__} ({time.monotonic() - began:.2f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
