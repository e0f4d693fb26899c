"""Padded messages, as the section "Padding" of proto/PROTOCOL.md has them."""

from grpc import StatusCode

from expect import expect, expect_equal
from parts import part
from stream import Stream
from wire import decode_padded

UUID = "a17417a0-aa39-40b5-8675-247713cc4908"
MOST = 1 << 20
MODULUS = 1 << 64


def make_table():
    table = bytearray()
    x = 0
    for _ in range(MOST + (1 << 16)):
        x = (6364136223846793005 * x + 1442695040888963407) % MODULUS
        table.append(x >> 56)
    return bytes(table)


def padding_of(table, number, size):
    start = number * 11400714819323198485 % MODULUS >> 48
    return table[start : start + size]


def expect_padded(table, stream, count, size):
    """So many messages must come, each with its padding; their numbers."""
    numbers = []
    for _ in range(count):
        number, padding = decode_padded(next(stream.call))
        expect_equal(len(padding), size, f"bytes of the padding of {number}")
        expect(padding == padding_of(table, number, size), f"the padding of {number}")
        numbers.append(number)
    return numbers


@part("fast")
def padded_sessions(channel, vectors):
    """Every message of a session, and of its resume by another size."""
    table = make_table()
    vector = vectors[UUID]
    for size, n in ((1, 10), (4095, 10), (MOST, 3)):
        name = vector.fresh()
        got = expect_padded(table, Stream(channel, f"START {name} {n}", size=size), n + 1, size)
        expect_equal(got, vector.session(n), f"a session of {n} numbers")
        stream = Stream(channel, f"CONTINUE {name} {got[1]}", 2, size=777)
        resumed = expect_padded(table, stream, 2 + n - 1, 777)
        expect_equal(resumed, [2, vector.checksum(2)] + got[2:], "its resume")


@part("fast")
def refused_sizes(channel, vectors):
    for size in (MOST + 1, (1 << 32) - 1):
        name = vectors[UUID].fresh()
        Stream(channel, f"START {name} 5", size=size).refused(StatusCode.INVALID_ARGUMENT, f"invalid size: {size}")
        Stream(channel, f"CONTINUE {name} 0", 0).refused(StatusCode.NOT_FOUND, "uuid has no session")
