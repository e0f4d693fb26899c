"""Eviction, limits and the drain."""

import os
import signal
import time

from grpc import StatusCode

from expect import expect, expect_equal
from parts import expect_resumes, part
from stream import DEADLINE_S, HOUR_NS, SOON_S, Stream

UUID = "a17417a0-aa39-40b5-8675-247713cc4908"


@part("evicting")
def eviction(channel, vectors):
    """The server evicts after 800 ms; a refused CONTINUE must not keep a session alive."""
    vector = vectors[UUID]
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
    expect(age > 0.8, f"the session was evicted after {age:.3f} s")
    expect_equal(Stream(channel, f"START {name} 3").rest(), vector.session(3), "START after eviction")


def admitted(channel, command, position=None, interval_ns=None):
    """A stream that the server has a place for, as soon as it has noticed that others have left, and what comes first: a
    number, or the text of an error."""
    began = time.monotonic()
    while True:
        stream = Stream(channel, command, position, interval_ns=interval_ns)
        got = stream.error()
        if not isinstance(got, str) or not got.startswith("too many streams"):
            return stream, got
        stream.half_close()
        expect(time.monotonic() - began < SOON_S, "a stream that left still counts")


@part("limited")
def limits(channel, vectors):
    """The server takes two streams and two sessions."""
    vector = vectors[UUID]
    first = vector.fresh()
    live = Stream(channel, f"START {first} 50", interval_ns=HOUR_NS)
    got = [live.number()]
    other = Stream(channel, f"START {vector.fresh()} 60000")
    other.number()
    stream = Stream(channel, f"START {vector.fresh()} 10")
    stream.stopped(StatusCode.RESOURCE_EXHAUSTED, "too many streams")
    other.cancel()
    refused = vector.fresh()
    stream, text = admitted(channel, f"START {refused} 10")
    stream.stopped(StatusCode.RESOURCE_EXHAUSTED, "too many sessions")
    again, answer = admitted(channel, f"CONTINUE {first} {got[0]}", 1)
    live.refused(StatusCode.ABORTED, "session continued on another stream")
    expect_equal([answer, again.number()], [1, vector.checksum(1)], "the answer to the session that was there before")
    got += again.rest()
    expect_equal(got[:10], vector.first10, "the session that was there before")
    expect_equal(got[50], sum(got[:50]) % 123456, "its checksum")
    stream, text = admitted(channel, f"CONTINUE {refused} 0", 0)
    expect(text.startswith("uuid has no session"), f"the refused START left something: {text!r}")
    stream.ends(StatusCode.NOT_FOUND, text)
    # The first session is finished, and gives way to another one; the second is not.
    for _ in range(3):
        stream, number = admitted(channel, f"START {vector.fresh()} 3")
        expect_equal([number] + stream.rest(), vector.session(3), "START when it is full")
    stream, text = admitted(channel, f"CONTINUE {first} 0", 0)
    expect(text.startswith("uuid has no session"), f"the first session is still there: {text!r}")
    stream.ends(StatusCode.NOT_FOUND, text)


@part("original")
def errors_of_the_original(channel, vectors):
    """The server ends with OK after an error reply; without a reply the status stays. It takes one stream."""
    began = time.monotonic()
    silent = Stream(channel)
    silent.stopped(StatusCode.DEADLINE_EXCEEDED, "no command: none came in 1 s; send START or CONTINUE")
    expect(1 <= time.monotonic() - began < SOON_S, "the end of a stream without a command")
    live, _ = admitted(channel, f"START {vectors[UUID].fresh()} 50", interval_ns=HOUR_NS)
    Stream(channel, "START nobody 5").stopped(StatusCode.RESOURCE_EXHAUSTED, "too many streams")
    live.cancel()
    for command, prefix in (("START nobody 5", "invalid uuid"), (f"CONTINUE {UUID} 1", "uuid has no session")):
        stream, text = admitted(channel, command)
        expect(text.startswith(prefix), f"wanted {prefix!r}, got {text!r}")
        stream.ends(StatusCode.OK, "")


@part("draining")
def drain(channel, vectors, pid):
    vector = vectors[UUID]
    short = Stream(channel, f"START {vector.fresh()} 10")
    long = Stream(channel, f"START {vector.fresh()} 65535")
    got = [short.number()]
    long.number()
    os.kill(pid, signal.SIGTERM)
    expect_equal(got + short.rest(), vector.session(10), "the session that could finish in time")
    long.stopped(StatusCode.UNAVAILABLE, "server is shutting down")
