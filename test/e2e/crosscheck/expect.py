"""What must be so: where it is not, the part fails."""


class Failure(Exception):
    """The server did something else than the protocol says."""


def expect(condition, message):
    if not condition:
        raise Failure(message)


def expect_equal(got, wanted, what):
    expect(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}")
