"""The modes of the original client: what each sends first on a call, and what it prints of the replies."""

import decimal
import random
import uuid

CHECKSUM_MODULUS = 123456
RANDOM_N_MAX = 4095
TEST_PASSED_BELOW = 13  # the original judges shorter streams only


def is_error(reply):
    return isinstance(reply, str)


def javascript_number(number):
    """As JavaScript prints a whole double: the fewest digits that mean it, then zeroes; from 1e21 on an exponent."""
    return repr(number) if number >= 1e21 else format(decimal.Decimal(repr(number)).normalize(), "f")


class Stateless:
    def __init__(self, n, say=print):
        self._n = n
        self._say = say
        self._count = 0
        self._sum = 0.0
        self._before = None
        self._passed = True
        say(f"N: {n}")

    def begin(self, call, last):
        if last is None:
            call.send("START")
        elif not is_error(last):
            call.send(f"CONTINUE {last}")

    def take(self, call, reply):
        if is_error(reply):
            self._say(f"Error: {reply}")
            return
        if self._count == self._n:
            return  # more comes until the server has read END
        number = float(reply)
        if self._before is not None and number != self._before * 3:
            self._passed = False
        self._before = number
        self._sum += number
        self._count += 1
        self._say(f"Response: {reply} | Count: {self._count}")
        if self._count == self._n:
            call.send("END")
            self._say(f"Sum: {javascript_number(self._sum)}")
            if self._n < TEST_PASSED_BELOW:
                self._say(f"Test passed: {'true' if self._passed else 'false'}")


class Stateful:
    """A session. With `resume_after`, the number received last by somebody else, its first command is CONTINUE."""

    def __init__(self, session=None, n=None, resume_after=None, say=print):
        self._n = n if n is not None else random.randint(1, RANDOM_N_MAX)
        self._session = session if session is not None else str(uuid.uuid4())
        self._say = say
        self._resumes = resume_after is not None
        self._last_number = resume_after if self._resumes else 0
        self._count = 0
        self._checksum = 0
        self._wants_count = False
        self._wants_checksum = False
        say(f"N: {self._n}")
        say(f"UUID: {self._session}")

    def begin(self, call, last):
        if last is None and not self._resumes:
            call.send(f'START "{self._session}" {self._n}')
        elif self._resumes or not is_error(last):
            call.send(f"CONTINUE {self._session} {self._last_number}")
            self._resumes = False
            self._wants_count = True

    def take(self, _call, reply):
        if is_error(reply):
            self._say(f"Error: {reply}")
        elif self._wants_count:
            self._wants_count = False
            self._wants_checksum = True
            self._count = reply
            self._say(f"Count set to: {reply}")
        elif self._wants_checksum:
            self._wants_checksum = False
            self._checksum = reply
            self._say(f"Checksum set to: {reply}")
        else:
            self._take_message(reply)

    def _take_message(self, number):
        self._count += 1
        if self._count == self._n + 1:
            self._say(f"Checksum: {number}")
            self._say(f"Checksum is valid: {'true' if number == self._checksum else 'false'}")
        else:
            self._say(f"Response: {number} | Count: {self._count}")
        self._last_number = number
        self._checksum = (self._checksum + number % CHECKSUM_MODULUS) % CHECKSUM_MODULUS
