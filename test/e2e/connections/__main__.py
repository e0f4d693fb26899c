"""How long comms-server keeps a connection: `python3 connections TRIAL PORT`."""

import sys

from raw import (DATA, END_HEADERS, GOAWAY, HEADERS, PING, PREFACE, Connection, frame, headers,
                 settings)


def handshake(port):
    """--handshake-timeout 300ms: who does not begin is closed, who has begun stays."""
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
    """--keepalive 300ms: who does not answer pings is closed, with and without a call."""
    block = headers()
    silent = [Connection(port, PREFACE + settings() + rest) for rest in
              (b"", frame(HEADERS, END_HEADERS, 1, block), frame(HEADERS, 0, 1, block),
               frame(HEADERS, END_HEADERS, 1, block)[:20])]
    for one in silent:
        one.answers_pings = False
    answering = Connection(port)
    answering.wait(lambda: answering.count(PING) >= 4, "the fourth ping")
    for one in silent:
        one.wait_closed()
        assert one.count(PING) == 1, one.frames
    answering.check_alive()


def idle(port):
    """--connection-idle 300ms: a connection without a stream ends, one with a stream goes on."""
    busy = Connection(port)
    busy.call(1)
    busy.say(1, b"START")
    idle_one = Connection(port)
    idle_one.wait_closed()
    assert idle_one.count(GOAWAY) > 0, idle_one.frames
    busy.wait(lambda: busy.count(DATA) >= 10, "the tenth number")
    assert busy.count(GOAWAY) == 0


def age(port):
    """--connection-age 300ms: GOAWAY first; the stream goes on."""
    old = Connection(port)
    old.call(1)
    old.say(1, b"START")
    old.wait(lambda: old.count(GOAWAY) > 0, "GOAWAY")
    before = old.count(DATA)
    old.wait(lambda: old.count(DATA) >= before + 10, "ten more numbers")


def compressed(port):
    """A compressed message is not inflated: UNIMPLEMENTED (12)."""
    one = Connection(port)
    one.call(1, more=((b"grpc-encoding", b"gzip"),))
    one.send(frame(DATA, 0, 1, b"\1\0\0\0\4gzip"))
    one.wait(lambda: any(kind == HEADERS and b"\x0212" in payload
                         for kind, _, _, payload in one.frames), "the status 12")



if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
