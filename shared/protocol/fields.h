/*
 * Reads the fields of a protobuf message one after another, without memory of its own: for messages
 * of peers that may be long. Every function may be called from any thread.
 */
#ifndef COMMS_SHARED_PROTOCOL_FIELDS_H
#define COMMS_SHARED_PROTOCOL_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The wire types of protobuf. The numbers are part of its wire format. */
enum field_type {
    FIELD_VARINT = 0,
    FIELD_64_BITS = 1,
    FIELD_BYTES = 2, /* bytes, a text or a message */
    FIELD_GROUP = 3, /* fields up to FIELD_GROUP_END; deprecated, but a peer may still send it */
    FIELD_GROUP_END = 4,
    FIELD_32_BITS = 5
};

struct field {
    uint32_t number;
    enum field_type type;
    uint64_t value;       /* FIELD_VARINT */
    const uint8_t *bytes; /* FIELD_BYTES: a part of the message */
    size_t length;
};

/* Where the reading stands. */
struct fields {
    const uint8_t *at;
    const uint8_t *end;
    bool is_broken; /* the bytes at `at` are no field */
};

/* Begins to read a message, whose bytes must outlive the reading. */
void fields_init(struct fields *fields, const uint8_t *bytes, size_t length);

/*
 * Reads the next field. False at the end of the message, and at bytes that are no field: is_broken
 * tells which. A group is one field, whose content is skipped.
 */
bool fields_next(struct fields *fields, struct field *ret_field);

#endif
