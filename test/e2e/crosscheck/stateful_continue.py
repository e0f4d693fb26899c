"""Stateful sessions that go on: CONTINUE after the end, after a break, by value and position; take-overs."""

import time

from grpc import StatusCode

from expect import expect, expect_equal
from parts import expect_resumes, interrupted, part
from stream import SOON_S, Stream


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
    """The server sends a number each hour, so it will not be at the 5th."""
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
    streams = [Stream(channel, f"START {name} 60000")]
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


@part("paced")
def older_attempts(channel, vectors):
    """A CONTINUE whose attempt is not higher than all before it is refused, and the owner goes on."""
    vector = vectors["7fffffff-ffff-ffff-8000-000000000002"]
    name = vector.fresh()
    command = f"CONTINUE {name} {vector.first10[0]}"
    first = Stream(channel, f"START {name} 60000", attempt=1)
    first.number()
    owner = Stream(channel, command, 1, attempt=3)
    expect_equal(owner.numbers(3), [1, vector.checksum(1), vector.first10[1]], "attempt 3")
    first.refused(StatusCode.ABORTED, "session continued on another stream")
    for attempt in (2, 3, 1):
        Stream(channel, command, 1, attempt=attempt).refused(StatusCode.ABORTED, "an older attempt")
    expect_equal(owner.numbers(3), vector.first10[2:5], "the owner after the refusals")
    without = Stream(channel, command, 1)
    expect_equal(without.numbers(2), [1, vector.checksum(1)], "a CONTINUE without an attempt")
    owner.refused(StatusCode.ABORTED, "session continued on another stream")
    Stream(channel, command, 1, attempt=3).refused(StatusCode.ABORTED, "an older attempt")
    expect_equal(without.numbers(2), vector.first10[1:3], "the stream without an attempt")
    without.cancel()
    last = Stream(channel, command, 1, attempt=4294967295)
    expect_equal(last.numbers(3), [1, vector.checksum(1), vector.first10[1]], "the highest attempt that there is")
    last.cancel()
