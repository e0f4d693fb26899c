"""What operators' tools ask a running comms-server: health checks and reflection.

gRPC's own Python client carries raw bytes. Prints a line for each part, and ends with 1 at the first thing that is
wrong. The server has room for one stream of numbers; it gets SIGTERM at the end.
"""

import os
import queue
import signal
import sys
import threading
import time

import grpc

SERVING, NOT_SERVING, SERVICE_UNKNOWN = b"\x08\x01", b"\x08\x02", b"\x08\x03"
WAIT_S = 20
WATCHED = ["", "grpc.Comms", "store", "nobody"] * 2  # as many watches as the server has places for


def expect(condition, message):
    if not condition:
        print(f"not ok - {message}", flush=True)
        sys.exit(1)


def text(field, value):
    return bytes([field << 3 | 2, len(value)]) + value.encode()


def same(message):
    return message


class Watch:
    """The states that a Watch has sent, and its end."""

    def __init__(self, channel, name):
        self.states = queue.Queue()
        stream = channel.unary_stream("/grpc.health.v1.Health/Watch", same, same)(text(1, name), timeout=3 * WAIT_S)
        self.thread = threading.Thread(target=self.read, args=[stream], daemon=True)
        self.thread.start()

    def read(self, stream):
        try:
            for state in stream:
                self.states.put(state)
            self.states.put("OK")
        except grpc.RpcError as error:
            self.states.put(error.code().name)

    def expect(self, *wanted):
        for state in wanted:
            got = self.states.get(timeout=WAIT_S)
            expect(got == state, f"a watcher got {got}, not {state}")


def check(channel, name):
    call = channel.unary_unary("/grpc.health.v1.Health/Check", same, same)
    try:
        return call(text(1, name), timeout=WAIT_S)
    except grpc.RpcError as error:
        return error.code().name


def expect_checks(channel, state):
    for name in ["", "grpc.Comms", "store"]:
        got = check(channel, name)
        expect(got == state, f"a check of '{name}' got {got}, not {state}")
    got = check(channel, "nobody")
    expect(got == "NOT_FOUND", f"a check of nobody got {got}")


def expect_reflection(channel, version):
    path = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
    call = channel.stream_stream(path, same, same)
    requests = [text(7, "*"), text(4, "grpc.Comms"), text(3, "grpc/health/v1/health.proto"), text(4, "grpc.Nobody")]
    answers = list(call(iter(requests), timeout=WAIT_S))
    expect(len(answers) == 4, f"{len(answers)} answers of {version}")
    for name in [b"grpc.Comms", b"grpc.health.v1.Health", f"grpc.reflection.{version}.ServerReflection".encode()]:
        expect(name in answers[0], f"{name} is not in the list of {version}")
    expect(b"GetNumbers" in answers[1] and b"comms.proto" in answers[1], "no descriptor of grpc.Comms")
    expect(b"HealthCheckRequest" in answers[2], "no descriptor of the health checks")
    expect(b"no such symbol" in answers[3], "grpc.Nobody was found")


def first_number(numbers):
    """Whether it comes; no, if the server is full."""
    try:
        next(numbers)
    except grpc.RpcError as error:
        expect(error.code().name == "RESOURCE_EXHAUSTED", f"the stream ended with {error.code()}")
        return False
    return True


def fill(channel):
    """Takes the server's only stream of numbers, and sees that there is no second one."""
    stop = threading.Event()

    def requests():
        yield text(1, "START")
        stop.wait(3 * WAIT_S)

    call = channel.stream_stream("/grpc.Comms/GetNumbers", same, same)
    deadline = time.monotonic() + WAIT_S
    while not first_number(numbers := call(requests(), timeout=3 * WAIT_S)):  # the last check may not have left yet
        expect(time.monotonic() < deadline, "a check that has been answered takes the only place")
    try:
        next(call(iter([text(1, "START")]), timeout=WAIT_S))
        expect(False, "there was a second stream of numbers")
    except grpc.RpcError as error:
        expect(error.code().name == "RESOURCE_EXHAUSTED", f"the second stream ended with {error.code()}")
    return stop, numbers


def main():
    target, pid = sys.argv[1], int(sys.argv[2])
    with grpc.insecure_channel(target) as channel:
        expect_checks(channel, SERVING)
        watches = [Watch(channel, name) for name in WATCHED]
        for name, watch in zip(WATCHED, watches):
            watch.expect(SERVICE_UNKNOWN if name == "nobody" else SERVING)
        Watch(channel, "").expect("RESOURCE_EXHAUSTED")
        stop, numbers = fill(channel)
        expect_checks(channel, SERVING)
        for version in ["v1", "v1alpha"]:
            expect_reflection(channel, version)
        print("ok - a server that is full of watches and of streams answers", flush=True)

        os.kill(pid, signal.SIGTERM)
        for name, watch in zip(WATCHED, watches):
            if name != "nobody":
                watch.expect(NOT_SERVING)
        print("ok - watchers hear of a stop at once", flush=True)

        expect_checks(channel, NOT_SERVING)
        next(numbers)
        stop.set()
        with grpc.insecure_channel(target) as newcomer:
            expect_checks(newcomer, NOT_SERVING)
        print("ok - everything goes on in the delay", flush=True)

        time.sleep(1.1)  # a signal within a second is the same one
        os.kill(pid, signal.SIGTERM)
        for watch in watches:
            watch.expect("UNAVAILABLE")
        print("ok - watchers get the end", flush=True)


if __name__ == "__main__":
    main()
