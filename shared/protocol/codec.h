/*
 * The messages of proto/comms.proto as bytes. Only this module knows the generated types. Every
 * function may be called from any thread.
 */
#ifndef COMMS_SHARED_PROTOCOL_CODEC_H
#define COMMS_SHARED_PROTOCOL_CODEC_H

#include "shared/protocol/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The one method of the service. */
#define COMMS_METHOD "/grpc.Comms/GetNumbers"

enum {
    REPLY_NUMBER_SIZE = 16,   /* bytes of a Reply with a number: 13 at most */
    REPLY_HEAD_SIZE = 24,     /* bytes of a Reply with a padded number before the padding: 20 */
    REPLY_ERROR_SIZE = 256,   /* bytes of a Reply with an error text, cut to FAILURE_TEXT_SIZE */
    REQUEST_SIZE_MAX = 1024,  /* bytes of a Request that a server reads: ten times a command */
    REQUEST_TEXT_SIZE = 1000, /* room for the text of a Request, NUL included */
    REPLY_SIZE_MAX = 1024     /* bytes of a Reply; our server sends fewer, another may send more */
};

/* The longest interval that a client may wish for, nanoseconds. */
#define REQUEST_INTERVAL_MAX_NS INT64_C(3600000000000)

/* A command, and what may come with it. */
struct request {
    bool has_position;
    uint32_t position;
    uint32_t attempt;    /* of a client at its session, 1, 2, …; 0: absent */
    uint32_t size;       /* bytes of padding that each Data is to have; 0: none */
    int64_t interval_ns; /* that the client wishes for between numbers, nanoseconds; 0: absent */
    size_t length;       /* of the text, without its NUL */
    char text[REQUEST_TEXT_SIZE];
};

/* A number, perhaps with padding, or an error text. */
struct reply {
    bool is_error;
    uint64_t number;
    const uint8_t *padding;        /* reply_decode: a part of the message */
    size_t padding_length;         /* bytes; 0: none */
    char error[FAILURE_TEXT_SIZE]; /* printable ASCII; cut, if another server sent a longer one */
};

/* Both return the count of bytes written. A text that does not fit beside the other fields is cut.
 */
size_t request_encode(const struct request *request, uint8_t bytes[static REQUEST_SIZE_MAX]);
size_t reply_encode(const struct reply *reply, uint8_t bytes[static REPLY_SIZE_MAX]);

/* Writes a Reply with a number. It does so without protobuf-c, which takes longer, because it is
 * called for every number. Returns the count of bytes. */
size_t reply_encode_number(uint64_t number, uint8_t bytes[static REPLY_NUMBER_SIZE]);

/*
 * Writes a Reply with a number and `size` bytes of padding up to the padding, which is to follow
 * at once. Returns the count of bytes.
 */
size_t reply_encode_head(uint64_t number, uint32_t size, uint8_t bytes[static REPLY_HEAD_SIZE]);

/*
 * Reads what reply_encode_head writes. `bytes` are the first `length` ones of a Reply that has
 * `whole_length` bytes in all; REPLY_HEAD_SIZE are enough. Returns the count of bytes before the
 * padding, which takes the rest; 0: the Reply is another one, which reply_decode may read.
 */
size_t reply_decode_head(const uint8_t *bytes, size_t length, size_t whole_length,
                         uint64_t *ret_number);

/* Writes a Reply with an error text, cut to FAILURE_TEXT_SIZE. Returns the count of bytes. */
size_t reply_encode_error(const char *text, uint8_t bytes[static REPLY_ERROR_SIZE]);

/*
 * Both return false if the bytes are no such message: request_decode also if they are more than
 * REQUEST_SIZE_MAX, reply_decode also if the message has neither a number nor an error. A Reply may
 * have any length; reading it takes no memory. A wish for a longer interval than
 * REQUEST_INTERVAL_MAX_NS is read as one for that. After false the content of *ret_… has no
 * meaning.
 */
bool request_decode(const uint8_t *bytes, size_t length, struct request *ret_request);
bool reply_decode(const uint8_t *bytes, size_t length, struct reply *ret_reply);

#endif
