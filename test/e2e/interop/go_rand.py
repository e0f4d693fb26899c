"""The numbers of a session, as proto/PROTOCOL.md defines them: Go's math/rand, seeded with the uuid's first 8 bytes."""

import pathlib
import re

from vectors import CHECKSUM_MODULUS

WORDS, TAP = 607, 273
MODULUS = 2**31 - 1
TABLE = pathlib.Path(__file__).resolve().parents[3] / "shared/protocol/go_rand_cooked.inc"
COOKED = [int(word, 16) for word in re.findall("0x[0-9a-f]{16}", TABLE.read_text(encoding="utf-8"))]


def seeded(seed):
    """The words that the generator begins with, in Go's order."""
    state = seed % MODULUS or 89482311
    lehmer = []
    for _ in range(20 + 3 * WORDS):
        state = state * 48271 % MODULUS
        lehmer.append(state)
    thirds = iter(lehmer[20:])
    return [(a << 40 ^ b << 20 ^ c ^ word) % 2**64 for a, b, c, word in zip(thirds, thirds, thirds, COOKED)]


def session(name, n):
    """All messages of the session of this uuid: its n numbers, and their checksum."""
    words = seeded(int.from_bytes(name.bytes[:8], "big", signed=True))
    # Go walks through its words backwards, from this one on.
    history = [words[(WORDS - TAP - 1 - i) % WORDS] for i in range(WORDS)]
    numbers = []
    for _ in range(n):
        history.append((history[-WORDS] + history[-TAP]) % 2**64)
        numbers.append(history[-1] >> 31 & 0xFFFFFFFF)
    return numbers + [sum(numbers) % CHECKSUM_MODULUS]
