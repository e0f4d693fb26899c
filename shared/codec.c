#include "shared/codec.h"

#include "comms.pb-c.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * protobuf-c unpacks into memory that it allocates piece by piece. A message of ours needs less
 * than an arena on the stack holds; only a peer's unknown fields can need more, from the heap.
 */
struct arena {
    size_t used;
    alignas(max_align_t) uint8_t bytes[512];
};

/* Before each piece stands its size: protobuf-c does not tell how long a string was. */
struct piece {
    alignas(max_align_t) size_t size;
};

static bool arena_holds(const struct arena *arena, const void *memory)
{
    const uint8_t *byte = memory;
    return byte >= arena->bytes && byte < arena->bytes + sizeof arena->bytes;
}

static void *arena_allocate(void *data, size_t size)
{
    struct arena *arena = data;
    const size_t mask = alignof(max_align_t) - 1;
    if (size > SIZE_MAX - sizeof(struct piece) - mask) {
        return NULL;
    }
    size_t needed = (sizeof(struct piece) + size + mask) & ~mask;
    struct piece *piece;
    if (needed <= sizeof arena->bytes - arena->used) {
        piece = (struct piece *)(void *)(arena->bytes + arena->used);
        arena->used += needed;
    } else {
        piece = malloc(needed);
        if (piece == NULL) {
            return NULL;
        }
    }
    piece->size = size;
    return piece + 1;
}

static void arena_free(void *data, void *memory)
{
    if (memory != NULL && !arena_holds(data, memory)) {
        free((struct piece *)memory - 1);
    }
}

/* The length of a string that was unpacked, NUL bytes inside counted. */
static size_t unpacked_length(const char *text)
{
    if (text == (const char *)protobuf_c_empty_string) {
        return 0; /* the field was absent */
    }
    return ((const struct piece *)(const void *)text - 1)->size - 1;
}

static ProtobufCAllocator arena_allocator(struct arena *arena)
{
    arena->used = 0;
    return (ProtobufCAllocator){
        .alloc = arena_allocate, .free = arena_free, .allocator_data = arena};
}

size_t request_encode(const struct request *request, uint8_t bytes[static REQUEST_SIZE_MAX])
{
    char text[REQUEST_TEXT_SIZE];
    (void)snprintf(text, sizeof text, "%s", request->text);

    Grpc__Request message;
    grpc__request__init(&message);
    message.message = text;
    if (request->has_position) {
        message.at_case = GRPC__REQUEST__AT_POSITION;
        message.position = request->position;
    }
    return grpc__request__pack(&message, bytes);
}

size_t reply_encode(const struct reply *reply, uint8_t bytes[static REPLY_SIZE_MAX])
{
    Grpc__Reply message;
    grpc__reply__init(&message);
    if (reply->is_error) {
        char text[FAILURE_TEXT_SIZE];
        memcpy(text, reply->error, sizeof text);
        Grpc__Error error;
        grpc__error__init(&error);
        error.message = text;
        message.payload_case = GRPC__REPLY__PAYLOAD_ERROR;
        message.error = &error;
        return grpc__reply__pack(&message, bytes);
    }
    Grpc__Data data;
    grpc__data__init(&data);
    data.number = reply->number;
    message.payload_case = GRPC__REPLY__PAYLOAD_DATA;
    message.data = &data;
    return grpc__reply__pack(&message, bytes);
}

bool request_decode(const uint8_t *bytes, size_t length, struct request *ret_request)
{
    if (length > REQUEST_SIZE_MAX) {
        return false;
    }
    struct arena arena;
    ProtobufCAllocator allocator = arena_allocator(&arena);
    Grpc__Request *message = grpc__request__unpack(&allocator, length, bytes);
    if (message == NULL) {
        return false;
    }
    size_t text_length = unpacked_length(message->message);
    bool fits = text_length < sizeof ret_request->text;
    if (fits) {
        ret_request->length = text_length;
        memcpy(ret_request->text, message->message, text_length + 1);
        ret_request->has_position = message->at_case == GRPC__REQUEST__AT_POSITION;
        ret_request->position = ret_request->has_position ? message->position : 0;
    }
    grpc__request__free_unpacked(message, &allocator);
    return fits;
}

bool reply_decode(const uint8_t *bytes, size_t length, struct reply *ret_reply)
{
    struct arena arena;
    ProtobufCAllocator allocator = arena_allocator(&arena);
    Grpc__Reply *message =
        length > REPLY_SIZE_MAX ? NULL : grpc__reply__unpack(&allocator, length, bytes);
    if (message == NULL) {
        return false;
    }
    bool known = true;
    if (message->payload_case == GRPC__REPLY__PAYLOAD_DATA) {
        ret_reply->is_error = false;
        ret_reply->number = message->data->number;
    } else if (message->payload_case == GRPC__REPLY__PAYLOAD_ERROR) {
        ret_reply->is_error = true;
        ret_reply->number = 0;
        (void)snprintf(ret_reply->error, sizeof ret_reply->error, "%s", message->error->message);
    } else {
        known = false;
    }
    grpc__reply__free_unpacked(message, &allocator);
    return known;
}
