/*
 * Any bytes, read as a Request and as a Reply. What can be read can be written and read again, and
 * reads the same with an unknown field behind it.
 */
#undef NDEBUG

#include "shared/protocol/codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What is read from the first bytes of a padded number is what the whole message says. */
static void check_head(const uint8_t *bytes, size_t size)
{
    struct reply reply;
    uint64_t number;
    const size_t first = size < REPLY_HEAD_SIZE ? size : REPLY_HEAD_SIZE;
    const size_t head = reply_decode_head(bytes, first, size, &number);
    if (head > 0) {
        assert(head <= first);
        assert(reply_decode(bytes, size, &reply));
        assert(!reply.is_error && reply.number == number);
        assert(reply.padding_length == size - head);
        assert(reply.padding_length == 0 || reply.padding == bytes + head);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Field 6, which neither message has. */
static const uint8_t unknown_field[] = {0x30, 0x01};

static void assert_same_request(const struct request *a, const struct request *b)
{
    assert(a->has_position == b->has_position);
    assert(a->position == b->position);
    assert(a->attempt == b->attempt);
    assert(a->size == b->size);
    assert(a->interval_ns == b->interval_ns);
    assert(a->length == b->length);
    assert(memcmp(a->text, b->text, a->length + 1) == 0);
}

static void assert_same_reply(const struct reply *a, const struct reply *b)
{
    assert(a->is_error == b->is_error);
    assert(a->number == b->number);
    assert(!a->is_error || strcmp(a->error, b->error) == 0);
}

static void check_request(const uint8_t *bytes, size_t size, const uint8_t *extended)
{
    struct request request;
    if (!request_decode(bytes, size, &request)) {
        return;
    }
    assert(size <= REQUEST_SIZE_MAX);
    assert(request.length < sizeof request.text);
    assert(request.text[request.length] == '\0');
    assert(request.has_position || request.position == 0);

    struct request again;
    if (strlen(request.text) == request.length) { /* what we write has no NUL inside */
        uint8_t written[REQUEST_SIZE_MAX];
        size_t length = request_encode(&request, written);
        assert(length <= sizeof written);
        assert(request_decode(written, length, &again));
        assert_same_request(&request, &again);
    }
    bool fits = size + sizeof unknown_field <= REQUEST_SIZE_MAX;
    bool decoded = request_decode(extended, size + sizeof unknown_field, &again);
    assert(decoded == fits);
    if (decoded) {
        assert_same_request(&request, &again);
    }
}

static void check_reply(const uint8_t *bytes, size_t size, const uint8_t *extended)
{
    struct reply reply;
    if (!reply_decode(bytes, size, &reply)) {
        return;
    }
    assert(!reply.is_error || strnlen(reply.error, sizeof reply.error) < sizeof reply.error);

    struct reply again;
    uint8_t written[REPLY_SIZE_MAX];
    size_t length = reply_encode(&reply, written);
    assert(length <= sizeof written);
    assert(reply_decode(written, length, &again));
    assert_same_reply(&reply, &again);

    assert(reply_decode(extended, size + sizeof unknown_field, &again));
    assert_same_reply(&reply, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *extended = malloc(size + sizeof unknown_field);
    if (extended == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(extended, data, size);
    }
    memcpy(extended + size, unknown_field, sizeof unknown_field);
    check_request(data, size, extended);
    check_reply(data, size, extended);
    check_head(data, size);
    free(extended);
    return 0;
}
