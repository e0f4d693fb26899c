"""What the parts share: HTTP to the admin port, the samples of /metrics, and calls that stay open."""

import socket
import sys
import threading
import time

import grpc

WAIT_S = 20


def expect(condition, message):
    if not condition:
        print(f"not ok - {message}", flush=True)
        sys.exit(1)


def connect(admin):
    host, port = admin.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=WAIT_S)


def ask(admin, path, method="GET", headers=("Host: localhost",), body=b""):
    """The status, the headers, and the body."""
    with connect(admin) as connection:
        lines = [f"{method} {path} HTTP/1.1", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode() + body)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, rest = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode().lower(), rest.decode()


def metrics(admin):
    """The samples by name and labels."""
    status, _, text = ask(admin, "/metrics")
    expect(status == 200, f"/metrics: {status}")
    samples = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            samples[name] = float(value)
    return samples


def wait_for(admin, name, wanted, what):
    deadline = time.monotonic() + WAIT_S
    while (value := metrics(admin)[name]) != wanted:
        expect(time.monotonic() < deadline, f"{what}: {name} is {value}, not {wanted}")


RPC = 'grpc_type="bidi_stream",grpc_service="grpc.Comms",grpc_method="GetNumbers"'


def request(text):
    return bytes([0x0A, len(text)]) + text.encode()


class Stream:
    """A call that stays open after its command."""

    def __init__(self, channel, command):
        self.done = threading.Event()
        path = "/grpc.Comms/GetNumbers"
        method = channel.stream_stream(path, lambda message: message, lambda message: message)
        self.call = method(self.commands(command), timeout=3 * WAIT_S)

    def commands(self, command):
        yield request(command)
        self.done.wait()

    def cancel(self):
        self.done.set()
        self.call.cancel()

    def end(self):
        """Reads to the end; returns the name of the status."""
        try:
            for _ in self.call:
                pass
        except grpc.RpcError:
            pass
        self.done.set()
        return self.call.code().name


def last_number(stream, count):
    for _ in range(count):
        message = next(stream.call)
    number, shift = 0, 0
    for byte in message[3:]:  # data, its length, its field `number`
        number |= (byte & 127) << shift
        shift += 7
    return number
