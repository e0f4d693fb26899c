"""What a part of the check is, and what several parts do."""

from grpc import StatusCode

from expect import expect, expect_equal
from stream import DEADLINE_S, Stream


def part(server):
    """Marks a part: a function of a channel to this server, and of the vectors by their uuids."""

    def mark(function):
        function.server = server
        return function

    return mark


def parts_of(*modules):
    """The parts that these modules define, in their order."""
    return [value for module in modules for value in vars(module).values() if hasattr(value, "server")]


def expect_resumes(channel, name, last, position, vector, at, n):
    """CONTINUE must answer with position `at`, and bring all messages behind it, of a session of n numbers."""
    got = Stream(channel, f"CONTINUE {name} {last}", position).rest()
    answer = [at, vector.checksum(min(at, n))]
    expect_equal(got, answer + vector.session(n)[at:], f"CONTINUE {name} {last} at {position}")


def until_deadline(channel, make_command, count):
    """The command of a stream whose deadline ends it after this many numbers or more, and these. On a busy machine they
    may take longer than the first deadline that is tried."""
    timeout = 0.3
    while True:
        command = make_command()
        stream = Stream(channel, command, timeout=timeout)
        got = stream.until_deadline()
        expect_equal(stream.call.code(), StatusCode.DEADLINE_EXCEEDED, "status past the deadline")
        if len(got) >= count:
            return command, got
        timeout *= 2
        expect(timeout < DEADLINE_S, f"{len(got)} numbers in {timeout / 2} s")


def interrupted(channel, vector, received, n=60000):
    """Starts a session of n numbers, and leaves it when `received` of them have come; its uuid."""
    name = vector.fresh()
    stream = Stream(channel, f"START {name} {n}")
    expect_equal(stream.numbers(received), vector.first10[:received], "numbers before the break")
    stream.cancel()
    return name
