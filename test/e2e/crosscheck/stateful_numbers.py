"""Stateful sessions from START to the checksum: numbers, uuids, white space."""

from grpc import StatusCode

from expect import expect_equal
from parts import expect_resumes, part
from stream import Stream
from vectors import fnv1a64
from wire import encode_request


@part("fast")
def first_ten_numbers_of_every_vector(channel, vectors):
    for vector in vectors.values():
        for n in (1, 2, 5, 10):
            got = Stream(channel, f"START {vector.fresh()} {n}").rest()
            expect_equal(got, vector.session(n), f"{vector.uuid} {n}")


@part("fast")
def checksums_of_every_vector(channel, vectors):
    for vector in vectors.values():
        for n in (1, 5, 1000):
            got = Stream(channel, f"START {vector.uuid} {n}").rest()
            expect_equal(len(got), n + 1, f"messages of {vector.uuid} {n}")
            expect_equal(got[n], vector.checksums[n], f"checksum of {vector.uuid} {n}")
            expect_equal(got[n], sum(got[:n]) % 123456, f"sum of {vector.uuid} {n}")


@part("fast")
def all_numbers_and_a_value_that_repeats(channel, vectors):
    vector = vectors["00000000-0000-0000-0000-000000000000"]
    name = vector.fresh()
    all_messages = Stream(channel, f"START {name} 65535").rest()
    expect_equal(len(all_messages), 65536, "messages")
    expect_equal(fnv1a64(all_messages[:65535]), vector.fnv, "FNV-1a of all numbers")
    expect_equal(all_messages[65535], vector.checksums[65535], "checksum of all numbers")
    first, second, value = (vector.duplicate[key] for key in ("first", "second", "value"))
    for position, at in ((None, second), (first, first), (second, second)):
        stream = Stream(channel, f"CONTINUE {name} {value}", position)
        wanted = [at, sum(all_messages[:at]) % 123456] + all_messages[at:at + 3]
        expect_equal(stream.numbers(5), wanted, f"the repeated value at position {position}")
        stream.cancel()


@part("fast")
def every_way_to_write_a_uuid(channel, vectors):
    vector = vectors["3f2504e0-4f89-11d3-9a0c-0305e82c3301"]
    plain = vector.fresh()
    digits = plain.replace("-", "")
    forms = (plain, plain.upper(), digits, digits.upper(), "{%s}" % plain, "urn:uuid:" + plain,
             "URN:UUID:" + plain.upper(), '"%s"' % plain)
    for form in forms:
        expect_equal(Stream(channel, f"START {form} 3").rest(), vector.session(3), f"START {form}")
        expect_resumes(channel, plain, vector.first10[0], 1, vector, 1, 3)
        expect_resumes(channel, form, vector.first10[1], None, vector, 2, 3)
    for form in (plain[:-1], plain + "0", digits[:-1], plain.replace("-", "_"), "g" + plain[1:], "{%s" % plain,
                 "%s}" % plain, "'%s'" % plain, '"%s' % plain, "{%s}" % digits, "urn:uuid:" + digits,
                 "urn:uuie:" + plain, plain[:8] + plain[9:] + "-", "-", '""'):
        Stream(channel, f"START {form} 3").refused(StatusCode.INVALID_ARGUMENT, "invalid uuid")
        Stream(channel, f"CONTINUE {form} 3").refused(StatusCode.INVALID_ARGUMENT, "invalid uuid")


@part("fast")
def white_space_and_unknown_fields(channel, vectors):
    vector = vectors["ffffffff-ffff-ffff-ffff-ffffffffffff"]
    got = Stream(channel, f" \t START\t{vector.fresh()}  \t 2 \r\n").rest()
    expect_equal(got, vector.session(2), "START with much white space")
    name = vector.fresh()
    request = b"\x7a\x03abc" + encode_request(f"START {name} 2") + b"\x80\x01\x05"
    got = Stream(channel).send_bytes(request).rest()
    expect_equal(got, vector.session(2), "START with unknown fields around it")
