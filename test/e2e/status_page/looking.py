"""What the parts share: requests to the admin port, clients of the server, beside what the tests of the admin port have."""

import pathlib
import subprocess
import sys
import time

import grpc

sys.path.append(str(pathlib.Path(__file__).parent.parent / "admin"))
from asking import WAIT_S, Stream, connect, expect  # noqa: E402, F401


def wait_until(what, read, is_right):
    """Reads until it is right; returns what was read."""
    deadline = time.monotonic() + WAIT_S
    while not is_right(value := read()):
        expect(time.monotonic() < deadline, f"{value[-4000:]}\nwaited for {what}, and this is what is there")
        time.sleep(0.05)
    return value


def ask(admin, path, method="GET", headers=("Host: localhost",)):
    """The status, the headers, and the body."""
    with connect(admin) as connection:
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
