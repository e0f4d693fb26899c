"""What all modes of the original client share: its calls, what it remembers of them, and when it tries again."""

import pathlib
import queue
import sys
import time

import grpc

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "crosscheck"))

from wire import decode_reply, encode_request  # noqa: E402 (found by the line above)

METHOD = "/grpc.Comms/GetNumbers"
BACKOFF_FIRST_MS = 500
BACKOFF_RATE = 2
BACKOFF_MAX_MS = 10000


class Call:
    """One call of GetNumbers: its requests, its replies, its status."""

    def __init__(self, channel):
        self._requests = queue.SimpleQueue()
        self._call = channel.stream_stream(METHOD)(iter(self._requests.get, None))

    def send(self, command):
        self._requests.put(encode_request(command))

    def send_bytes(self, data):
        self._requests.put(data)

    def half_close(self):
        self._requests.put(None)

    def replies(self):
        """Each reply: an int is a number, a str the text of an error. The status follows the last one."""
        try:
            for data in self._call:
                yield decode_reply(data)
        except grpc.RpcError:
            pass
        self._requests.put(None)  # ends gRPC's thread that waits for requests; nothing is sent any more

    def status(self):
        return self._call.code()


class Peer:
    """
    The original client in one of its modes. The mode is an object with two methods:
    begin(call, last) sends the first command of a call, or nothing; take(call, reply) gets each reply.
    """

    def __init__(self, port, mode, say=print, time_scale=1.0):
        self._port = port
        self._mode = mode
        self._say = say
        self._time_scale = time_scale
        self.statuses = []

    def run(self):
        """Returns when the original's process would end, which it does with exit status 0 in every case."""
        with grpc.insecure_channel(f"localhost:{self._port}") as channel:
            # Node's event loop goes on with a connection between two calls; Python's gRPC does so for a watcher.
            channel.subscribe(lambda _: None)
            last = None  # the last reply of any call, an error like a number
            backoff_ms = BACKOFF_FIRST_MS
            while True:
                call = Call(channel)
                self._mode.begin(call, last)
                for reply in call.replies():
                    last = reply
                    backoff_ms = BACKOFF_FIRST_MS
                    self._mode.take(call, reply)
                self.statuses.append(call.status())
                if call.status() is grpc.StatusCode.OK:
                    return
                backoff_ms *= BACKOFF_RATE
                if backoff_ms > BACKOFF_MAX_MS:
                    self._say("Failed to connect, timeout")
                    return
                self._say(f"Failed to connect, will retry in {backoff_ms} seconds")
                time.sleep(backoff_ms / 1000 * self._time_scale)
