/* Messages written by hand, byte by byte. For the test's own thread. */
#ifndef COMMS_TEST_KIT_MESSAGE_BYTES_H
#define COMMS_TEST_KIT_MESSAGE_BYTES_H

#include "shared/protocol/codec.h"

/* Bytes written as a string literal, without its NUL. */
struct bytes {
    const char *at;
    size_t length;
};
#define BYTES(literal)                                                                             \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

/* Both decode a copy of exactly that length, so that a sanitizer sees a read beyond it. */
bool decode_request(const void *bytes, size_t length, struct request *ret_request);
bool decode_reply(const void *bytes, size_t length, struct reply *ret_reply);

#endif
