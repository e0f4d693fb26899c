"""Stateless streams."""

from grpc import StatusCode

from expect import expect, expect_equal
from parts import part, until_deadline
from refusals import STATELESS_REFUSALS, expect_refusals
from stream import Stream


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
    expect_tripling(until_deadline(channel, lambda: "START", 1)[1])


@part("stateless")
def stateless_refusals(channel, vectors):
    expect_refusals(channel, STATELESS_REFUSALS, next(iter(vectors)))
    for command in ("START", "CONTINUE 5"):
        stream = Stream(channel, "START").send(command)
        expect_tripling(stream.refused(StatusCode.FAILED_PRECONDITION, "server was already running"))
