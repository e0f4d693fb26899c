"""How long comms-server keeps a connection: `python3 connections TRIAL PORT`."""

import sys
import time

from raw import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, RST_STREAM, Connection,
                 frame, headers, settings, wait_all)

WASTED = 15000  # streams: more than the budget of a connection


def handshake(port):
    """--handshake-timeout 1s: who does not begin is closed, who has begun stays."""
    begun = Connection(port)
    stalled = [Connection(port, first) for first in
               (b"", PREFACE[:1], PREFACE[:12], PREFACE, PREFACE + settings()[:8])]
    for one in stalled:
        one.wait_closed()
        assert one.frames == [], one.frames  # C core has not seen it
    begun.check_alive()
    other = Connection(port, b"GET / HTTP/1.1\r\n\r\n")  # no preface: C core ends it at once
    other.wait_closed()
    slow = Connection(port, PREFACE[:12])
    slow.send(PREFACE[12:] + settings())
    slow.check_alive()


def keepalive(port):
    """--keepalive 1200ms: who does not answer pings within a third of it is closed, with and without a call."""
    block = headers()
    silent = [Connection(port, PREFACE + settings() + rest) for rest in
              (b"", frame(HEADERS, END_HEADERS, 1, block), frame(HEADERS, 0, 1, block),
               frame(HEADERS, END_HEADERS, 1, block)[:20])]
    for one in silent:
        one.answers_pings = one.acknowledges = False
    answering = Connection(port)
    wait_all([*silent, answering], lambda: not any(one.is_open for one in silent) and answering.count(PING) >= 2,
             "end of the silent ones and second ping of the other")
    for one in silent:
        assert one.count(PING) == 1, one.frames
    assert answering.is_open, answering.frames
    answering.check_alive()


def idle(port):
    """--connection-idle 1s: a connection without a stream ends, one with a stream goes on. A call whose headers
    have no end is no stream, whether more of them comes or not."""
    busy = Connection(port)
    busy.call(1)
    busy.say(1, b"START")
    block = headers()
    idle_ones = [Connection(port, PREFACE + settings() + rest) for rest in
                 (b"", frame(HEADERS, END_HEADERS, 1, block)[:20], frame(HEADERS, 0, 1, block))]
    begun = time.monotonic()
    endless = Connection(port, PREFACE + settings() + frame(HEADERS, 0, 1, block))
    for one in [*idle_ones[1:], endless]:
        one.acknowledges = False  # no other frame may come within their headers
    endless.trickle_until_closed(frame(CONTINUATION, 0, 1, b"\0\1a\1b"))
    took = time.monotonic() - begun
    assert took > 0.9, f"closed after {took} s: {endless.frames}"
    for one in idle_ones:
        one.wait_closed()
        assert one.count(GOAWAY) > 0, one.frames
    busy.wait(lambda: busy.count(DATA) >= 10, "the tenth number")
    assert busy.count(GOAWAY) == 0


def age(port):
    """--connection-age 1s: GOAWAY first; the stream goes on."""
    old = Connection(port)
    old.call(1)
    old.say(1, b"START")
    old.wait(lambda: old.count(GOAWAY) > 0, "GOAWAY")
    before = old.count(DATA)
    old.wait(lambda: old.count(DATA) >= before + 10, "ten more numbers")


def streams(port):
    """Two streams a connection, although SETTINGS are not acknowledged; others have theirs."""
    one = Connection(port)
    one.acknowledges = False
    for stream in (1, 3, 5, 7):
        one.call(stream)
        one.say(stream, b"START")
    limit = b"this connection has 2 (--max-connection-streams)"
    one.wait(lambda: one.has_status(5, b"8", limit), "the status 8")
    one.wait(lambda: one.is_refused(7), "another refusal")  # its status is an index of HPACK
    other = Connection(port)
    other.call(1)
    other.say(1, b"START")
    other.wait(lambda: other.count(DATA) > 1, "numbers on another connection")
    one.say(1, b"END")
    one.wait(lambda: any(frame[0] == HEADERS and frame[1] & END_STREAM and frame[2] == 1
                         for frame in one.frames), "the end of a stream")
    one.call(9)  # in the place of the one that has ended
    one.say(9, b"START")
    one.wait(lambda: all(sum(1 for frame in one.frames if frame[0] == DATA and frame[2] == stream) > 5
                         for stream in (3, 9)), "numbers of both streams")


def unknown(port):
    """A stream that no flow control lets a message out of is refused all the same."""
    one = Connection(port, PREFACE + settings(initial_window=0))
    one.call(1, b"/no/Method")
    one.wait(lambda: one.has_status(1, b"12", b"unknown method"), "the status 12")
    one.check_alive()


def waste(port, calls):
    """A connection that wastes streams is closed; another one goes on."""
    other = Connection(port)
    other.call(1)
    other.say(1, b"START")
    wasteful = Connection(port)
    for first in range(1, 2 * WASTED, 200):
        wasteful.send(b"".join(calls(stream) for stream in range(first, first + 200, 2)))
    wasteful.wait_closed()
    before = other.count(DATA)
    other.wait(lambda: other.count(DATA) > before + 5, "more numbers")


def resets(port):
    block = headers()
    waste(port, lambda stream: frame(HEADERS, END_HEADERS, stream, block) +
          frame(RST_STREAM, 0, stream, b"\0\0\0\x08"))


def refusals(port):
    block = headers(b"/no/Method")
    waste(port, lambda stream: frame(HEADERS, END_HEADERS, stream, block))


def traffic(port):
    """Frames without end, and a message without end: the connection is closed after a few MiB."""
    block = headers()
    floods = [(settings(), settings(65535) * 2000), (b"", frame(8, 0, 0, b"\0\0\0\1") * 3000),
              (b"", frame(PING, ACK, 0, b"12345678") * 2000), (b"", frame(77, 0, 0, b"x" * 16000)),
              (frame(HEADERS, END_HEADERS, 1, block) + frame(DATA, 0, 1, b"\0\xf0\0\0\0"),
               frame(DATA, 0, 1, b"x" * 16000))]
    other = Connection(port)
    other.call(1)
    other.say(1, b"START")
    for begin, again in floods:
        one = Connection(port)
        one.send(begin)
        sent = 0
        while one.is_open:
            one.send(again)
            sent += len(again)
            assert sent < 64 << 20, f"{sent} bytes were taken"
    before = other.count(DATA)
    other.wait(lambda: other.count(DATA) > before + 5, "more numbers")


def compressed(port):
    """A compressed message is not inflated: UNIMPLEMENTED (12)."""
    one = Connection(port)
    one.call(1, more=((b"grpc-encoding", b"gzip"),))
    one.send(frame(DATA, 0, 1, b"\1\0\0\0\4gzip"))
    one.wait(lambda: any(kind == HEADERS and b"\x0212" in payload
                         for kind, _, _, payload in one.frames), "the status 12")


def deadline(port):
    """A call ends at its deadline, also if the client does not end it; the others go on."""
    one = Connection(port)
    begun = time.monotonic()
    for stream, more in ((1, ((b"grpc-timeout", b"300m"),)), (3, ())):
        one.call(stream, more=more)
        one.say(stream, b"START")
    one.wait(lambda: any(kind in (HEADERS, RST_STREAM) and (kind == RST_STREAM or flags & END_STREAM) and stream == 1
                         for kind, flags, stream, _ in one.frames), "the end of the stream")
    took = time.monotonic() - begun
    assert 0.29 < took < 10, f"the end after {took} s"
    before = one.count(DATA)
    one.wait(lambda: one.count(DATA) > before + 5, "numbers of the other stream")


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
