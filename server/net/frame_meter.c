#include "server/net/frame_meter.h"

#include <string.h>

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum { PREFACE_LENGTH = sizeof preface - 1 };

/* RFC 9113, section 6 */
enum {
    TYPE_DATA = 0,
    TYPE_HEADERS = 1,
    TYPE_PRIORITY = 2,
    TYPE_RST_STREAM = 3,
    TYPE_SETTINGS = 4,
    TYPE_PING = 6,
    TYPE_WINDOW_UPDATE = 8,
    TYPE_CONTINUATION = 9
};

enum { FLAG_ACK = 1 };

void frame_meter_init(struct frame_meter *meter)
{
    *meter = (struct frame_meter){.skip = 0};
}

static uint32_t read_number(const uint8_t *bytes, size_t length)
{
    uint32_t number = 0;
    for (size_t i = 0; i < length; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

/* A client's streams have odd numbers, each higher than those before it. */
static void read_headers(struct frame_meter *meter, uint32_t length, uint32_t stream,
                         struct frame_counts *counts)
{
    meter->block_bytes = length;
    meter->continuations = 0;
    if (stream % 2 == 1 && stream > meter->last_stream) {
        meter->last_stream = stream;
        counts->streams++;
    }
}

static void read_continuation(struct frame_meter *meter, uint32_t length)
{
    meter->block_bytes += length;
    meter->continuations++;
}

static bool is_block_too_long(const struct frame_meter *meter)
{
    return meter->block_bytes > FRAME_METER_BLOCK_MAX ||
           meter->continuations > FRAME_METER_CONTINUATIONS_MAX;
}

/* What the server has to do for a frame, beyond what it does for each. */
static uint32_t extra_cost(uint8_t type, uint8_t flags, uint32_t length)
{
    switch (type) {
    case TYPE_DATA: /* the bytes are counted elsewhere */
    case TYPE_HEADERS:
    case TYPE_PRIORITY:
    case TYPE_RST_STREAM:
    case TYPE_WINDOW_UPDATE:
    case TYPE_CONTINUATION:
        return 0;
    case TYPE_PING:
        return (flags & FLAG_ACK) != 0 ? 0 : FRAME_METER_PING_ANSWER;
    case TYPE_SETTINGS:
        return (flags & FLAG_ACK) != 0 ? 0 : FRAME_METER_SETTINGS_ANSWER + length;
    default:
        return length;
    }
}

static void read_header(struct frame_meter *meter, struct frame_counts *counts)
{
    const uint32_t length = read_number(meter->header, 3);
    const uint8_t type = meter->header[3];
    const uint8_t flags = meter->header[4];
    const uint32_t stream = read_number(meter->header + 5, 4) & INT32_MAX;
    counts->points += FRAME_METER_COST + extra_cost(type, flags, length);
    if (type == TYPE_HEADERS) {
        read_headers(meter, length, stream, counts);
    } else if (type == TYPE_CONTINUATION) {
        read_continuation(meter, length);
    } else if (type == TYPE_RST_STREAM) {
        counts->resets += stream > meter->old_stream;
    } else if (type == TYPE_PING && (flags & FLAG_ACK) == 0) {
        counts->pings++;
    }
    counts->is_block_too_long |= is_block_too_long(meter);
    meter->skip = length;
    meter->have = 0;
}

/* Returns how many of the bytes belong to the preface. */
static size_t read_preface(struct frame_meter *meter, const uint8_t *bytes, size_t length)
{
    const size_t missing = (size_t)PREFACE_LENGTH - meter->preface;
    const size_t count = length < missing ? length : missing;
    if (memcmp(bytes, preface + meter->preface, count) != 0) {
        meter->is_foreign = true;
    }
    meter->preface = (uint8_t)(meter->preface + count);
    return count;
}

void frame_meter_read(struct frame_meter *meter, const uint8_t *bytes, size_t length,
                      struct frame_counts *counts)
{
    if (meter->preface < PREFACE_LENGTH) {
        const size_t count = read_preface(meter, bytes, length);
        bytes += count;
        length -= count;
    }
    if (meter->is_foreign) {
        return;
    }
    while (length > meter->skip) {
        bytes += meter->skip;
        length -= meter->skip;
        meter->skip = 0;
        const size_t missing = FRAME_METER_HEADER - meter->have;
        const size_t count = length < missing ? length : missing;
        memcpy(meter->header + meter->have, bytes, count);
        meter->have = (uint8_t)(meter->have + count);
        bytes += count;
        length -= count;
        if (meter->have == FRAME_METER_HEADER) {
            read_header(meter, counts);
        }
    }
    meter->skip -= (uint32_t)length;
}
