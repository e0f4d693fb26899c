/*
 * Finds the gRPC messages in the bytes that a server sends over HTTP/2, or a client after its
 * preface: it reads frame headers, and gRPC's length prefixes in DATA frames, which gRPC never
 * pads. Frames and messages need not agree: a server at full speed puts many messages into one
 * frame. For one thread.
 */
#ifndef COMMS_TEST_KIT_FAULT_PROXY_FRAME_READER_H
#define COMMS_TEST_KIT_FAULT_PROXY_FRAME_READER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    FRAME_READER_STREAMS = 64, /* streams that may be in the middle of a message at a time */
    FRAME_HEADER_SIZE = 9      /* bytes */
};

/* How far the messages of one HTTP/2 stream have been read. */
struct message_reader {
    uint32_t stream;      /* its identifier */
    uint32_t prefix_have; /* bytes of the prefix that were read */
    uint32_t left;        /* bytes of the body; while the prefix is read: its length so far */
};

/* All zero: at the beginning of a connection. */
struct frame_reader {
    uint8_t header[FRAME_HEADER_SIZE];
    uint32_t header_have;
    uint32_t payload_left;
    struct message_reader *message; /* of the DATA frame that is being read, else NULL */
    struct message_reader messages[FRAME_READER_STREAMS];
};

/* Reads the connection's next byte; true if it is the last one of a message. */
bool frame_reader_take(struct frame_reader *reader, uint8_t byte);

/* Whether the byte that comes next is the first one of a message. */
bool frame_reader_is_before_message(const struct frame_reader *reader);

#endif
