"""What a server refuses, with which status and which text, and what that leaves as it was."""

from grpc import StatusCode

from expect import Failure, expect, expect_equal
from parts import interrupted, part, until_deadline
from stream import Stream

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
        Stream(channel, text).refused(StatusCode.INVALID_ARGUMENT, "")
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
    live = Stream(channel, f"START {owned} 60000")
    expect_equal(live.numbers(2), vector.first10[:2], "the owned session before")
    for name in (idle, owned):
        expect_refusals(channel, STATEFUL_REFUSALS, name)
        stream = Stream(channel, f"START {name} 5")
        stream.refused(StatusCode.ALREADY_EXISTS, "uuid already taken")
        for last, position in ((1, None), (1, 1), (vector.first10[0], 2), (vector.first10[0], 60001)):
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
        stream = Stream(channel, f"START {name} 60000")
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
    command, got = until_deadline(channel, lambda: f"START {vector.fresh()} 60000", 2)
    name = command.split()[1]
    expect_equal(got[:10], vector.first10[:len(got)], "numbers up to the deadline")
    resumed = Stream(channel, f"CONTINUE {name} {got[-1]}", len(got))
    expect_equal(resumed.numbers(2), [len(got), sum(got) % 123456], "answer after the deadline")
    resumed.cancel()


@part("paced")
def unknown_methods(channel, _vectors):
    for method in ("/grpc.Comms/Nothing", "/grpc.Nothing/GetNumbers", "/x"):
        Stream(channel, "START", method=method).ends(StatusCode.UNIMPLEMENTED)
