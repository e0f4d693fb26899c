#include "shared/protocol/codec.h"

#include "comms.pb-c.h"
#include "shared/base/text.h"
#include "shared/protocol/fields.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * protobuf-c allocates memory piece by piece while it unpacks. An arena on the stack is enough for
 * any message of ours; only unknown fields of a peer can need more, which comes from the heap.
 */
struct arena {
    size_t used;
    alignas(max_align_t) uint8_t bytes[512];
};

/* Stands before each piece, because protobuf-c does not tell the length of a string. */
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

/* The length of a string that was unpacked, NUL bytes inside included. */
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
    message.attempt = request->attempt;
    message.size = request->size;
    message.interval = (uint64_t)request->interval_ns;
    const size_t length = grpc__request__get_packed_size(&message);
    if (length > REQUEST_SIZE_MAX) { /* a text of this length is no command */
        text[strlen(text) - (length - REQUEST_SIZE_MAX)] = '\0';
    }
    return grpc__request__pack(&message, bytes);
}

/*
 * A number as all peers write it: a Reply that has only a Data that has only a number. Nearly every
 * message of a stream is one. protobuf-c takes 25 ns longer to write it and 40 ns longer to read
 * it; a number costs the server 400 ns and the client 600 ns in all.
 */
enum { DATA_TAG = 0x0a, NUMBER_TAG = 0x08, PADDING_TAG = 0x12, NUMBER_AT = 3, VARINT_MAX = 10 };

/* The fields of a Reply, of a Data and of an Error. */
enum { REPLY_DATA = 1, REPLY_ERROR = 2, DATA_NUMBER = 1, DATA_PADDING = 2, ERROR_MESSAGE = 1 };

size_t reply_encode_number(uint64_t number, uint8_t bytes[static REPLY_NUMBER_SIZE])
{
    bytes[0] = DATA_TAG;
    if (number == 0) { /* proto3 leaves out a field that is 0 */
        bytes[1] = 0;
        return 2;
    }
    size_t length = NUMBER_AT;
    while (number >= 0x80) {
        bytes[length++] = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    bytes[length++] = (uint8_t)number;
    bytes[1] = (uint8_t)(length - 2);
    bytes[2] = NUMBER_TAG;
    return length;
}

static size_t put_varint(uint8_t *bytes, uint64_t value)
{
    size_t length = 0;
    for (; value >= 0x80; value >>= 7) {
        bytes[length++] = (uint8_t)(value | 0x80);
    }
    bytes[length++] = (uint8_t)value;
    return length;
}

size_t reply_encode_head(uint64_t number, uint32_t size, uint8_t bytes[static REPLY_HEAD_SIZE])
{
    uint8_t fields[REPLY_HEAD_SIZE]; /* of the Data, without the padding */
    size_t length = 0;
    if (number != 0) {
        fields[length++] = NUMBER_TAG;
        length += put_varint(fields + length, number);
    }
    fields[length++] = PADDING_TAG;
    length += put_varint(fields + length, size);
    bytes[0] = DATA_TAG;
    size_t used = 1 + put_varint(bytes + 1, length + size);
    memcpy(bytes + used, fields, length);
    return used + length;
}

size_t reply_encode_error(const char *text, uint8_t bytes[static REPLY_ERROR_SIZE])
{
    char copy[FAILURE_TEXT_SIZE];
    (void)snprintf(copy, sizeof copy, "%s", text);
    Grpc__Error error;
    grpc__error__init(&error);
    error.message = copy;
    Grpc__Reply message;
    grpc__reply__init(&message);
    message.payload_case = GRPC__REPLY__PAYLOAD_ERROR;
    message.error = &error;
    return grpc__reply__pack(&message, bytes);
}

size_t reply_encode(const struct reply *reply, uint8_t bytes[static REPLY_SIZE_MAX])
{
    return reply->is_error ? reply_encode_error(reply->error, bytes)
                           : reply_encode_number(reply->number, bytes);
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
        ret_request->attempt = message->attempt;
        ret_request->size = message->size;
        ret_request->interval_ns = message->interval < (uint64_t)REQUEST_INTERVAL_MAX_NS
                                       ? (int64_t)message->interval
                                       : REQUEST_INTERVAL_MAX_NS;
    }
    grpc__request__free_unpacked(message, &allocator);
    return fits;
}

/* Reads what reply_encode_number writes. False: the bytes are something else, perhaps another
 * Reply. */
static bool number_decode(const uint8_t *bytes, size_t length, uint64_t *ret_number)
{
    if (length <= NUMBER_AT || length > NUMBER_AT + VARINT_MAX || bytes[0] != DATA_TAG ||
        bytes[1] != length - 2 || bytes[2] != NUMBER_TAG) {
        return false;
    }
    uint64_t number = 0;
    for (size_t i = NUMBER_AT; i < length; i++) {
        bool goes_on = bytes[i] >= 0x80;
        if (goes_on != (i + 1 < length)) {
            return false;
        }
        number |= (uint64_t)(bytes[i] & 0x7f) << 7 * (i - NUMBER_AT);
    }
    *ret_number = number;
    return true;
}

static bool take_byte(const uint8_t **at, const uint8_t *end, uint8_t byte)
{
    bool is_it = *at < end && **at == byte;
    *at += is_it ? 1 : 0;
    return is_it;
}

static bool take_varint(const uint8_t **at, const uint8_t *end, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_MAX && *at < end; i++) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << 7 * i;
        if (byte < 0x80) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

size_t reply_decode_head(const uint8_t *bytes, size_t length, size_t whole_length,
                         uint64_t *ret_number)
{
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + length;
    uint64_t number = 0;
    uint64_t rest; /* bytes from `at` to the end of the Reply */
    bool good = take_byte(&at, end, DATA_TAG) && take_varint(&at, end, &rest) &&
                rest == whole_length - (size_t)(at - bytes) &&
                (!take_byte(&at, end, NUMBER_TAG) || take_varint(&at, end, &number)) &&
                take_byte(&at, end, PADDING_TAG) && take_varint(&at, end, &rest) &&
                rest == whole_length - (size_t)(at - bytes);
    if (!good) {
        return 0;
    }
    *ret_number = number;
    return (size_t)(at - bytes);
}

/* What a Reply holds. Of each field the last one counts; number 0: there is none. */
struct found {
    struct field number;
    struct field padding;
    struct field error;
};

/* Keeps the field if it is this one. False: it has the wrong type. */
static bool keep_field(const struct field *field, uint32_t number, enum field_type type,
                       struct field *ret_field)
{
    if (field->number == number) {
        *ret_field = *field;
    }
    return field->number != number || field->type == type;
}

/* Reads a Data or an Error. */
static bool read_payload(const struct field *message, bool is_data, struct found *ret_found)
{
    struct fields fields;
    struct field field;
    bool good = true;
    fields_init(&fields, message->bytes, message->length);
    while (good && fields_next(&fields, &field)) {
        good = is_data ? keep_field(&field, DATA_NUMBER, FIELD_VARINT, &ret_found->number) &&
                             keep_field(&field, DATA_PADDING, FIELD_BYTES, &ret_found->padding)
                       : keep_field(&field, ERROR_MESSAGE, FIELD_BYTES, &ret_found->error);
    }
    return good && !fields.is_broken;
}

/*
 * Reads a Reply in any spelling: another server's may have unknown fields and a text of any length.
 * protobuf-c would copy each of them to the heap.
 */
static bool reply_read(const uint8_t *bytes, size_t length, struct found *ret_found,
                       uint32_t *ret_last)
{
    struct fields fields;
    struct field field;
    fields_init(&fields, bytes, length);
    *ret_last = 0;
    while (fields_next(&fields, &field)) {
        if (field.number != REPLY_DATA && field.number != REPLY_ERROR) {
            continue;
        }
        if (field.number != *ret_last) { /* of a number and an error the last one counts */
            *ret_found = (struct found){.number = {.number = 0}};
        }
        if (field.type != FIELD_BYTES ||
            !read_payload(&field, field.number == REPLY_DATA, ret_found)) {
            return false;
        }
        *ret_last = field.number;
    }
    return !fields.is_broken && *ret_last != 0;
}

bool reply_decode(const uint8_t *bytes, size_t length, struct reply *ret_reply)
{
    if (number_decode(bytes, length, &ret_reply->number)) {
        ret_reply->is_error = false;
        ret_reply->padding_length = 0;
        return true;
    }
    struct found found = {.number = {.number = 0}};
    uint32_t last;
    if (!reply_read(bytes, length, &found, &last)) {
        return false;
    }
    ret_reply->is_error = last == REPLY_ERROR;
    ret_reply->number = found.number.value;
    ret_reply->padding = found.padding.bytes;
    ret_reply->padding_length = found.padding.length;
    if (ret_reply->is_error) {
        text_copy_printable((const char *)found.error.bytes, found.error.length, ret_reply->error,
                            sizeof ret_reply->error);
    }
    return true;
}
