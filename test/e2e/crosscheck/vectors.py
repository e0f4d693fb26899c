"""The known answers of test/kit/vectors/go-rand-vectors.json, and what follows from them."""

import json
import os
import uuid


CHECKSUM_MODULUS = 123456


class Vector:
    """The first 65,535 numbers of one uuid, as far as the file tells them."""

    def __init__(self, entry):
        self.uuid = entry["uuid"]
        self.first10 = entry["first10"]
        self.checksums = {int(n): value for n, value in entry["checksum"].items()}
        self.fnv = int(entry["fnv1a64_of_65535_le_uint32"], 16)
        self.duplicate = entry["first_duplicate"]

    def fresh(self):
        """A new uuid with the same numbers: only the first 8 bytes are the seed."""
        return str(uuid.UUID(bytes=uuid.UUID(self.uuid).bytes[:8] + os.urandom(8)))

    def checksum(self, k):
        """Of the first k numbers, 10 at most."""
        return sum(self.first10[:k]) % CHECKSUM_MODULUS

    def session(self, n):
        """All messages of a session of n numbers."""
        return self.first10[:n] + [self.checksum(n)]


def read_vectors(path):
    """The vectors, by their uuids."""
    with open(path, encoding="utf-8") as file:
        return {entry["uuid"]: Vector(entry) for entry in json.load(file)}


def fnv1a64(numbers):
    """Of the numbers as little-endian uint32."""
    value = 0xCBF29CE484222325
    for number in numbers:
        for byte in number.to_bytes(4, "little"):
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value
