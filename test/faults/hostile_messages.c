#include "test/faults/hostile_messages.h"

#include <string.h>

enum { MIB = 1 << 20 };

/* Announces so much; send_body follows. */
static void add_announced(struct frames *frames, uint32_t bytes)
{
    frames_add_message(frames, 1, 0, bytes, NULL, 0);
}

static void add_4_mib(struct frames *frames)
{
    add_announced(frames, 4 * MIB);
}

static void add_200_mb(struct frames *frames)
{
    add_announced(frames, 200 * 1000 * 1000);
}

static void add_4_gib(struct frames *frames)
{
    add_announced(frames, UINT32_MAX);
}

static void add_just_too_long(struct frames *frames)
{
    frames_add_message(frames, 1, 0, 1025, NULL, 1025);
}

/* A bit stream of deflate, the lowest bit first. */
struct bits {
    uint8_t bytes[1020];
    size_t count;
};

static void add_bits(struct bits *bits, unsigned value, unsigned count)
{
    for (unsigned i = 0; i < count; i++, bits->count++) {
        bits->bytes[bits->count / 8] |= (uint8_t)((value >> i & 1) << bits->count % 8);
    }
}

/* A gzip member within the length of a Request, that inflates to 160 KB: a zero, again and again.
 */
static void add_bomb(struct frames *frames)
{
    static const uint8_t gzip[10] = {0x1f, 0x8b, 8};
    struct bits bits = {.count = 0};
    memcpy(bits.bytes, gzip, sizeof gzip);
    bits.count = 8 * sizeof gzip;
    add_bits(&bits, 1 | 2 << 1, 3); /* the last block, fixed codes */
    add_bits(&bits, 0x0c, 8);       /* a zero */
    while (bits.count + 13 <= 8 * sizeof bits.bytes) {
        add_bits(&bits, 0xa3, 8); /* 258 bytes … */
        add_bits(&bits, 0, 5);    /* … as one byte ago */
    }
    frames_add_message(frames, 1, 0, sizeof bits.bytes, bits.bytes, sizeof bits.bytes);
    frames->bytes[frames->length - sizeof bits.bytes - FRAME_MESSAGE_PREFIX] = 1; /* compressed */
}

static void add_wrong_flag(struct frames *frames)
{
    frames_add_message(frames, 1, 0, 1, "x", 1);
    frames->bytes[frames->length - 1 - FRAME_MESSAGE_PREFIX] = 0x7f;
}

static void add_request(struct frames *frames, const char *bytes, size_t length)
{
    frames_add_message(frames, 1, 0, (uint32_t)length, bytes, length);
}

static void add_cut_protobuf(struct frames *frames)
{
    add_request(frames, "\x0a\x7fSTART", 7);
}

static void add_endless_varint(struct frames *frames)
{
    add_request(frames, "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
}

static void add_wrong_type(struct frames *frames)
{
    add_request(frames, "\x08\x05", 2);
}

static void add_bad_utf8(struct frames *frames)
{
    add_request(frames, "\x0a\x04\xff\xc0\x80\xfe", 6);
}

static void add_nul(struct frames *frames)
{
    add_request(frames,
                "\x0a\x0dSTART\0"
                "END\0...",
                15);
}

static void add_nothing(struct frames *frames)
{
    add_request(frames, "", 0);
}

static void add_half_message(struct frames *frames)
{
    frames_add_message(frames, 1, FRAME_END_STREAM, 100, "half", 4);
}

static void add_half_prefix(struct frames *frames)
{
    frames_add(frames, FRAME_DATA, FRAME_END_STREAM, 1, "\0\0", 2);
}

const struct hostile_message hostile_messages[] = {
    /* It goes on to send, and may have sent too much before it has the status. */
    {"4 MiB", add_4_mib, STATUS_RESOURCE_EXHAUSTED, STATUS_CUT, true, false},
    /* C core waits for the whole message: the connection is cut when it has sent too much. */
    {"200 MB announced", add_200_mb, STATUS_CUT, STATUS_CUT, true, false},
    {"4 GiB announced", add_4_gib, STATUS_CUT, STATUS_CUT, true, false},
    {"1,025 bytes", add_just_too_long, STATUS_RESOURCE_EXHAUSTED, STATUS_RESOURCE_EXHAUSTED, false,
     false},
    {"gzip bomb", add_bomb, STATUS_UNIMPLEMENTED, STATUS_UNIMPLEMENTED, false, true},
    {"gzip without saying so", add_bomb, STATUS_INVALID_ARGUMENT, STATUS_INTERNAL, false, false},
    /* C core takes no message any more, and says nothing. */
    {"wrong flag", add_wrong_flag, STATUS_DEADLINE_EXCEEDED, STATUS_INTERNAL, false, false},
    {"cut protobuf", add_cut_protobuf, STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, false,
     false},
    {"endless varint", add_endless_varint, STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, false,
     false},
    {"wrong type", add_wrong_type, STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, false, false},
    {"bad UTF-8", add_bad_utf8, STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, false, false},
    {"NUL bytes", add_nul, STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, false, false},
    {"empty request", add_nothing, STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, false, false},
    {"half a message", add_half_message, STATUS_INVALID_ARGUMENT, STATUS_INTERNAL, false, false},
    {"half a prefix", add_half_prefix, STATUS_INVALID_ARGUMENT, STATUS_INTERNAL, false, false},
};

const size_t hostile_message_count = sizeof hostile_messages / sizeof *hostile_messages;
