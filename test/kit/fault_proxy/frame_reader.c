#include "test/kit/fault_proxy/frame_reader.h"

#include <stddef.h>

enum { FRAME_TYPE_DATA = 0, GRPC_PREFIX = 5 };

static bool message_take(struct message_reader *message, uint8_t byte)
{
    if (message->prefix_have == GRPC_PREFIX) {
        message->left--;
    } else { /* a byte says whether it is compressed, then four give the length */
        message->left = message->prefix_have == 0 ? 0 : message->left << 8 | byte;
        message->prefix_have++;
    }
    if (message->prefix_have < GRPC_PREFIX || message->left > 0) {
        return false;
    }
    message->prefix_have = 0;
    return true;
}

static struct message_reader *message_of_stream(struct frame_reader *reader, uint32_t stream)
{
    struct message_reader *message = &reader->messages[stream / 2 % FRAME_READER_STREAMS];
    if (message->stream != stream) {
        *message = (struct message_reader){.stream = stream};
    }
    return message;
}

static void frame_begin(struct frame_reader *reader)
{
    const uint8_t *header = reader->header;
    reader->header_have = 0;
    reader->payload_left = (uint32_t)header[0] << 16 | (uint32_t)header[1] << 8 | header[2];
    reader->message = NULL;
    if (header[3] == FRAME_TYPE_DATA) {
        uint32_t stream = (uint32_t)(header[5] & 0x7f) << 24 | (uint32_t)header[6] << 16 |
                          (uint32_t)header[7] << 8 | header[8];
        reader->message = message_of_stream(reader, stream);
    }
}

bool frame_reader_take(struct frame_reader *reader, uint8_t byte)
{
    if (reader->payload_left > 0) {
        reader->payload_left--;
        return reader->message != NULL && message_take(reader->message, byte);
    }
    reader->header[reader->header_have++] = byte;
    if (reader->header_have == FRAME_HEADER_SIZE) {
        frame_begin(reader);
    }
    return false;
}

bool frame_reader_is_before_message(const struct frame_reader *reader)
{
    return reader->payload_left > 0 && reader->message != NULL && reader->message->prefix_have == 0;
}
