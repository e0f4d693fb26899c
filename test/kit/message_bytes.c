#include "test/kit/message_bytes.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

bool decode_request(const void *bytes, size_t length, struct request *ret_request)
{
    uint8_t *copy = malloc(length == 0 ? 1 : length);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, length);
    memset(ret_request, 0x5a, sizeof *ret_request);
    bool decoded = request_decode(copy, length, ret_request);
    free(copy);
    return decoded;
}

bool decode_reply(const void *bytes, size_t length, struct reply *ret_reply)
{
    uint8_t *copy = malloc(length == 0 ? 1 : length);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, length);
    memset(ret_reply, 0x5a, sizeof *ret_reply);
    bool decoded = reply_decode(copy, length, ret_reply);
    free(copy);
    return decoded;
}
