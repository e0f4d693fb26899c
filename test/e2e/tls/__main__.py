"""comms-server with mutual TLS, by gRPC's own Python client: `python3 tls FOLDER PORT`.

FOLDER holds ca.pem and, as NAME.pem and NAME.key, the certificates of two clients: client, other.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "crosscheck"))

import grpc
from grpc import StatusCode

from expect import expect_equal
from stream import Stream

UUID = "a17417a0-0000-4000-8000-000000000001"
COUNT = 12


def channel(folder, port, name):
    def read(file):
        return (folder / file).read_bytes()
    credentials = grpc.ssl_channel_credentials(read("ca.pem"), read(f"{name}.key"), read(f"{name}.pem"))
    return grpc.secure_channel(f"localhost:{port}", credentials)


def denied(stream):
    stream.refused(StatusCode.PERMISSION_DENIED, "session belongs to another client")


def main(folder, port):
    with channel(folder, port, "client") as mine, channel(folder, port, "other") as others:
        whole = Stream(mine, f"START {UUID[:-1]}2 {COUNT}")
        first = Stream(mine, f"START {UUID} {COUNT}")
        numbers = first.numbers(3)
        denied(Stream(others, f"CONTINUE {UUID} {numbers[2]}", position=3))
        denied(Stream(others, f"START {UUID} {COUNT}"))
        numbers += first.numbers(2)  # its owner has lost nothing
        first.cancel()
        denied(Stream(others, f"CONTINUE {UUID} {numbers[4]}", position=5))
        # What is wrong with the position is not told to a stranger, either.
        denied(Stream(others, f"CONTINUE {UUID} 1", position=1000))
        again = Stream(mine, f"CONTINUE {UUID} {numbers[4]}", position=5)
        expect_equal(again.number(), 5, "position")
        again.number()  # the checksum up to there
        numbers += again.rest()
        expect_equal(len(numbers), COUNT + 1, "messages")
        denied(Stream(others, f"START {UUID} {COUNT}"))  # a finished session stays its client's
        expect_equal(len(whole.rest()), COUNT + 1, "messages of the other session")
        Stream(others, f"START {UUID[:-1]}3 {COUNT}").rest()


main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
