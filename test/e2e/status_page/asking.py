"""What the parts share: requests to the admin port, clients of the server, and how a part fails."""

import socket
import subprocess
import sys
import time

import grpc

WAIT_S = 20


def expect(condition, message):
    if not condition:
        print(f"not ok - {message}", flush=True)
        sys.exit(1)


def wait_until(what, read, is_right):
    """Reads until it is right; returns what was read."""
    deadline = time.monotonic() + WAIT_S
    while not is_right(value := read()):
        expect(time.monotonic() < deadline, f"{value[-4000:]}\nwaited for {what}, and this is what is there")
        time.sleep(0.05)
    return value


def ask(admin, path, method="GET", headers=("Host: localhost",)):
    """The status, the headers, and the body."""
    host, port = admin.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=WAIT_S) as connection:
        connection.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *headers, "", ""]).encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, rest = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), rest.decode()


def run_client(client, target, *arguments, mode="stateful"):
    return subprocess.Popen([client, "-m", mode, "--host", target, *arguments], stdout=subprocess.DEVNULL)


def channel_of(target):
    """A connection of its own."""
    return grpc.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)])


class Stream:
    """A call that stays open after its command."""

    def __init__(self, channel, command):
        self.done = False
        method = channel.stream_stream("/grpc.Comms/GetNumbers", lambda message: message, lambda message: message)
        self.call = method(self.commands(command), timeout=3 * WAIT_S)

    def commands(self, command):
        yield bytes([0x0A, len(command)]) + command.encode()
        while not self.done:
            time.sleep(0.05)

    def cancel(self):
        self.done = True
        self.call.cancel()

    def end(self):
        """Reads to the end; returns the name of the status."""
        try:
            for _ in self.call:
                pass
        except grpc.RpcError:
            pass
        self.done = True
        return self.call.code().name
