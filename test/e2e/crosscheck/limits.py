"""Eviction, limits and the drain."""

import os
import signal
import time

from grpc import StatusCode

from expect import expect, expect_equal
from parts import expect_resumes, part
from stream import DEADLINE_S, SOON_S, Stream

UUID = "a17417a0-aa39-40b5-8675-247713cc4908"


@part("evicting")
def eviction(channel, vectors):
    """The server evicts after 300 ms; a refused CONTINUE must not keep a session alive."""
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
    expect(age > 0.3, f"the session was evicted after {age:.3f} s")
    expect_equal(Stream(channel, f"START {name} 3").rest(), vector.session(3), "START after eviction")


@part("limited")
def limits(channel, vectors):
    """The server takes two streams and two sessions."""
    vector = vectors[UUID]
    first = vector.fresh()
    live = Stream(channel, f"START {first} 50")
    got = [live.number()]
    other = Stream(channel, f"START {vector.fresh()} 1000")
    other.number()
    stream = Stream(channel, f"START {vector.fresh()} 10")
    stream.stopped(StatusCode.RESOURCE_EXHAUSTED, "too many streams")
    other.cancel()
    refused = vector.fresh()
    began = time.monotonic()
    text = "too many streams"
    while text.startswith("too many streams"):  # until the server has noticed that the other one left
        expect(time.monotonic() - began < SOON_S, "a stream that left still counts")
        stream = Stream(channel, f"START {refused} 10")
        stream.stopped(StatusCode.RESOURCE_EXHAUSTED, "too many ")
        text = stream.call.details()
    expect(text.startswith("too many sessions"), f"wanted too many sessions, got {text!r}")
    got += live.rest()
    expect_equal(got[:10], vector.first10, "the stream that was there before")
    expect_equal(got[50], sum(got[:50]) % 123456, "its checksum")
    began = time.monotonic()
    while text.startswith("too many"):
        expect(time.monotonic() - began < SOON_S, "a stream that finished or was refused still counts")
        stream = Stream(channel, f"CONTINUE {refused} 0", 0)
        text = stream.error()
    expect(text.startswith("uuid has no session"), f"the refused START left something: {text!r}")
    stream.ends(StatusCode.NOT_FOUND, text)
    # The first session is finished, and gives way to another one; the second is not.
    for _ in range(3):
        expect_equal(Stream(channel, f"START {vector.fresh()} 3").rest(), vector.session(3), "START when it is full")
    Stream(channel, f"CONTINUE {first} 0", 0).refused(StatusCode.NOT_FOUND, "uuid has no session")


@part("original")
def errors_of_the_original(channel, vectors):
    """The server ends with OK after an error reply; without a reply the status stays. It takes one stream."""
    began = time.monotonic()
    silent = Stream(channel)
    silent.stopped(StatusCode.DEADLINE_EXCEEDED, "no command: none came in 0.3 s; send START or CONTINUE")
    expect(0.3 <= time.monotonic() - began < SOON_S, "the end of a stream without a command")
    live = Stream(channel, f"START {vectors[UUID].fresh()} 50")
    live.number()
    Stream(channel, "START nobody 5").stopped(StatusCode.RESOURCE_EXHAUSTED, "too many streams")
    live.cancel()
    for command, prefix in (("START nobody 5", "invalid uuid"), (f"CONTINUE {UUID} 1", "uuid has no session")):
        text = "too many streams"
        while text.startswith("too many streams"):  # until the server has noticed that the last one left
            stream = Stream(channel, command)
            text = stream.error()
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
