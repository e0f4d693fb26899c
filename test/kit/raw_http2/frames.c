#include "test/kit/raw_http2/frames.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

enum { COMMAND_MAX = 120 };

void frames_cleanup(struct frames *frames)
{
    free(frames->bytes);
    *frames = (struct frames){NULL, 0, 0};
}

void frames_add_bytes(struct frames *frames, const void *bytes, size_t length)
{
    if (frames->room - frames->length < length) {
        size_t room = 2 * frames->room + length;
        uint8_t *grown = realloc(frames->bytes, room);
        ck_assert_ptr_nonnull(grown);
        frames->bytes = grown;
        frames->room = room;
    }
    if (bytes == NULL) {
        memset(frames->bytes + frames->length, 0, length);
    } else if (length > 0) {
        memcpy(frames->bytes + frames->length, bytes, length);
    }
    frames->length += length;
}

static void put_u32(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 24);
    bytes[1] = (uint8_t)(value >> 16);
    bytes[2] = (uint8_t)(value >> 8);
    bytes[3] = (uint8_t)value;
}

static void add_header(struct frames *frames, enum frame_type type, unsigned flags, uint32_t id,
                       size_t length)
{
    uint8_t header[FRAME_HEADER_SIZE];
    put_u32(header, (uint32_t)length << 8 | type);
    header[4] = (uint8_t)flags;
    put_u32(header + 5, id);
    frames_add_bytes(frames, header, sizeof header);
}

void frames_add(struct frames *frames, enum frame_type type, unsigned flags, uint32_t id,
                const void *payload, size_t length)
{
    add_header(frames, type, flags, id, length);
    frames_add_bytes(frames, payload, length);
}

void frames_add_setting(struct frames *frames, uint16_t setting, uint32_t value)
{
    uint8_t payload[6] = {(uint8_t)(setting >> 8), (uint8_t)setting};
    put_u32(payload + 2, value);
    frames_add(frames, FRAME_SETTINGS, 0, 0, payload, sizeof payload);
}

void frames_add_hello(struct frames *frames, uint32_t initial_window)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    frames_add_bytes(frames, preface, sizeof preface - 1);
    frames_add_setting(frames, SETTING_INITIAL_WINDOW, initial_window);
}

static void add_u32_frame(struct frames *frames, enum frame_type type, uint32_t id, uint32_t value)
{
    uint8_t payload[4];
    put_u32(payload, value);
    frames_add(frames, type, 0, id, payload, sizeof payload);
}

void frames_add_window(struct frames *frames, uint32_t id, uint32_t increment)
{
    add_u32_frame(frames, FRAME_WINDOW_UPDATE, id, increment);
}

void frames_add_reset(struct frames *frames, uint32_t id)
{
    add_u32_frame(frames, FRAME_RST_STREAM, id, ERROR_CODE_CANCEL);
}

/* An HPACK string without Huffman's code: its length in a prefix of 7 bits, and its bytes. */
static void add_string(struct frames *block, const char *text, size_t length)
{
    enum { PREFIX_MAX = 127 };
    uint8_t prefix[8] = {(uint8_t)(length < PREFIX_MAX ? length : PREFIX_MAX)};
    size_t used = 1;
    if (length >= PREFIX_MAX) {
        size_t rest = length - PREFIX_MAX;
        for (; rest >= 128; rest /= 128) {
            prefix[used++] = (uint8_t)(rest % 128 | 128);
        }
        prefix[used++] = (uint8_t)rest;
    }
    frames_add_bytes(block, prefix, used);
    frames_add_bytes(block, text, length);
}

static void add_field(struct frames *block, const struct frame_field *field)
{
    static const uint8_t literal = 0; /* that no table remembers, with a new name */
    frames_add_bytes(block, &literal, 1);
    add_string(block, field->name, strlen(field->name));
    add_string(block, field->value, field->length);
}

static void add_block(struct frames *frames, uint32_t id, const struct frames *block)
{
    enum frame_type type = FRAME_HEADERS;
    size_t at = 0;
    do {
        size_t left = block->length - at;
        size_t part = left < FRAME_PAYLOAD_MAX ? left : FRAME_PAYLOAD_MAX;
        frames_add(frames, type, part == left ? FRAME_END_HEADERS : 0, id, block->bytes + at, part);
        type = FRAME_CONTINUATION;
        at += part;
    } while (at < block->length);
}

void frames_add_call_with(struct frames *frames, uint32_t id, const char *method,
                          const struct frame_field *more, size_t count)
{
    const struct frame_field usual[] = {FRAME_FIELD(":method", "POST"),
                                        FRAME_FIELD(":scheme", "http"),
                                        {":path", method, strlen(method)},
                                        FRAME_FIELD(":authority", "attacker"),
                                        FRAME_FIELD("content-type", "application/grpc"),
                                        FRAME_FIELD("te", "trailers")};
    struct frames block = {NULL, 0, 0};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        add_field(&block, &usual[i]);
    }
    for (size_t i = 0; i < count; i++) {
        add_field(&block, &more[i]);
    }
    add_block(frames, id, &block);
    frames_cleanup(&block);
}

void frames_add_call(struct frames *frames, uint32_t id, const char *method)
{
    frames_add_call_with(frames, id, method, NULL, 0);
}

void frames_add_message(struct frames *frames, uint32_t id, unsigned flags, uint32_t announced,
                        const void *bytes, size_t length)
{
    uint8_t prefix[FRAME_MESSAGE_PREFIX] = {0};
    put_u32(prefix + 1, announced);
    add_header(frames, FRAME_DATA, flags, id, sizeof prefix + length);
    frames_add_bytes(frames, prefix, sizeof prefix);
    frames_add_bytes(frames, bytes, length);
}

void frames_add_command(struct frames *frames, uint32_t id, const char *command)
{
    enum { FIELD_MESSAGE = 10 }; /* of a Request: number 1, with a length */
    uint8_t request[2 + COMMAND_MAX] = {FIELD_MESSAGE};
    size_t length = strlen(command);
    ck_assert_uint_le(length, COMMAND_MAX);
    request[1] = (uint8_t)length;
    for (size_t i = 0; i < length; i++) {
        request[2 + i] = (uint8_t)command[i];
    }
    frames_add_message(frames, id, 0, (uint32_t)length + 2, request, length + 2);
}
