"""The protobuf messages, written and read by hand, as proto/comms.proto has them."""

from expect import expect, expect_equal


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_request(message, position=None, attempt=None, size=None, interval_ns=None):
    text = message.encode() if isinstance(message, str) else message
    out = b"\x0a" + varint(len(text)) + text
    out += b"" if position is None else b"\x10" + varint(position)
    out += b"" if attempt is None else b"\x18" + varint(attempt)
    out += b"" if size is None else b"\x20" + varint(size)
    return out if interval_ns is None else out + b"\x28" + varint(interval_ns)


def read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def read_field(data, number, wire_type):
    """The only field of a message, which must be this one."""
    expect(data[0] == number << 3 | wire_type, f"unexpected field in {data.hex()}")
    value, at = read_varint(data, 1)
    if wire_type == 0:
        expect_equal(at, len(data), "bytes of a number")
        return value
    expect_equal(at + value, len(data), "bytes of a field")
    return data[at:]


def decode_reply(data):
    """A number, or the text of an error."""
    expect(data, "an empty Reply")
    if data[0] == 0x0A:
        body = read_field(data, 1, 2)
        return read_field(body, 1, 0) if body else 0
    return read_field(read_field(data, 2, 2), 1, 2).decode("utf-8")


def decode_padded(data):
    """A number that is not 0, and its padding."""
    body = read_field(data, 1, 2)
    expect_equal(body[0], 0x08, "the first field of a Data")
    number, at = read_varint(body, 1)
    return number, read_field(body[at:], 2, 2)
