"""Raw HTTP/2 frames over a socket: what a client of gRPC would never send."""

import select
import socket
import struct
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
END_STREAM = ACK = 1
END_HEADERS = 4
WAIT = 20  # seconds: longer than any wait that succeeds
TRICKLE = 0.1  # seconds: the headers of one request have a limit, too


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(initial_window=None):
    payload = b"" if initial_window is None else struct.pack(">HI", 4, initial_window)
    return frame(SETTINGS, 0, 0, payload)


def headers(path=b"/grpc.Comms/GetNumbers", more=()):
    """A header block without Huffman codes and without an entry for the table."""
    fields = [(b":path", path), (b":authority", b"x"), (b"te", b"trailers"),
              (b"content-type", b"application/grpc"), *more]
    literals = (b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in fields)
    return b"\x83\x86" + b"".join(literals)


def message(command):
    """A Request with this command."""
    request = b"\x0a" + bytes([len(command)]) + command
    return struct.pack(">BI", 0, len(request)) + request


class Connection:
    """A connection to the server. `frames` are those that came, as (kind, flags, stream, payload)."""

    def __init__(self, port, first=PREFACE + settings()):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.is_open = True
        self.rest = b""
        self.frames = []
        self.answers_pings = True
        self.acknowledges = True
        self.send(first)

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.is_open = False

    def call(self, stream, path=b"/grpc.Comms/GetNumbers", flags=END_HEADERS, more=()):
        self.send(frame(HEADERS, flags, stream, headers(path, more)))

    def say(self, stream, command, flags=0):
        self.send(frame(DATA, flags, stream, message(command)))

    def receive(self):
        """Takes what has come."""
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        self.is_open = self.is_open and data != b""
        self.rest += data
        while len(self.rest) >= 9:
            length = int.from_bytes(self.rest[:3], "big")
            if len(self.rest) < 9 + length:
                break
            kind, flags, stream = struct.unpack(">BBI", self.rest[3:9])
            self.take(kind, flags, stream, self.rest[9:9 + length])
            self.rest = self.rest[9 + length:]

    def take(self, kind, flags, stream, payload):
        self.frames.append((kind, flags, stream, payload))
        if kind == SETTINGS and not flags & ACK and self.acknowledges:
            self.send(frame(SETTINGS, ACK, 0))
        if kind == PING and not flags & ACK and self.answers_pings:
            self.send(frame(PING, ACK, 0, payload))

    def is_refused(self, stream, text=b""):
        """Whether the stream has ended without a message, with a status that has this text."""
        own = [one for one in self.frames if one[2] == stream]
        return (any(kind == HEADERS and flags & END_STREAM and text in payload for kind, flags, _, payload in own)
                and not any(kind == DATA for kind, _, _, _ in own))

    def has_status(self, stream, status, text=b""):
        """The same, with this status; the first of the connection that has it."""
        return self.is_refused(stream, b"grpc-status" + bytes([len(status)]) + status) and self.is_refused(stream, text)

    def count(self, kind, flags=0):
        return sum(1 for one in self.frames if one[0] == kind and one[1] & flags == flags)

    def wait(self, condition, what):
        """Receives until the condition holds; a connection that was closed ends the wait, too."""
        deadline = time.monotonic() + WAIT
        while not condition():
            left = deadline - time.monotonic()
            assert self.is_open, f"closed before {what}: {self.frames}"
            assert left > 0, f"no {what} within {WAIT} s: {self.frames}"
            if select.select([self.socket], [], [], left)[0]:
                self.receive()

    def wait_closed(self):
        """Returns how many seconds it took."""
        begun = time.monotonic()
        while self.is_open:
            left = begun + WAIT - time.monotonic()
            assert left > 0, f"not closed within {WAIT} s: {self.frames}"
            if select.select([self.socket], [], [], left)[0]:
                self.receive()
        return time.monotonic() - begun

    def trickle_until_closed(self, data):
        """Sends this again and again."""
        begun = time.monotonic()
        while self.is_open:
            assert time.monotonic() < begun + WAIT, f"not closed within {WAIT} s: {self.frames}"
            self.send(data)
            if select.select([self.socket], [], [], TRICKLE)[0]:
                self.receive()

    def check_alive(self):
        before = self.count(PING, ACK)
        self.send(frame(PING, 0, 0, b"are you?"))
        self.wait(lambda: self.count(PING, ACK) > before, "answer to a ping")


def wait_all(connections, condition, what):
    """Receives on all of them until the condition holds: each answers at once, whichever the caller looks at."""
    deadline = time.monotonic() + WAIT
    while not condition():
        left = deadline - time.monotonic()
        assert left > 0, f"no {what} within {WAIT} s: {[one.frames for one in connections]}"
        ready = select.select([one.socket for one in connections if one.is_open], [], [], left)[0]
        for one in connections:
            if one.socket in ready:
                one.receive()
