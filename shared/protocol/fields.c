#include "shared/protocol/fields.h"

enum { TAG_MAX = 5, VARINT_MAX = 10, DEPTH_MAX = 100 };

void fields_init(struct fields *fields, const uint8_t *bytes, size_t length)
{
    *fields = (struct fields){.at = bytes, .end = bytes + length};
}

static size_t left(const struct fields *fields)
{
    return (size_t)(fields->end - fields->at);
}

/* Reads a varint of at most `max` bytes; bits above 64 are dropped. */
static bool read_varint(struct fields *fields, size_t max, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < max && i < left(fields); i++) {
        value |= (uint64_t)(fields->at[i] & 0x7f) << 7 * i;
        if (fields->at[i] < 0x80) {
            fields->at += i + 1;
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool read_tag(struct fields *fields, struct field *field)
{
    uint64_t tag;
    if (!read_varint(fields, TAG_MAX, &tag) || tag > UINT32_MAX || tag >> 3 == 0) {
        return false;
    }
    *field = (struct field){.number = (uint32_t)(tag >> 3), .type = (enum field_type)(tag & 7)};
    return true;
}

static bool skip(struct fields *fields, size_t length)
{
    bool fits = length <= left(fields);
    fields->at += fits ? length : 0;
    return fits;
}

/* Reads what follows the tag; of a group nothing. */
static bool read_value(struct fields *fields, struct field *field)
{
    uint64_t length;
    switch (field->type) {
    case FIELD_VARINT:
        return read_varint(fields, VARINT_MAX, &field->value);
    case FIELD_64_BITS:
        return skip(fields, 8);
    case FIELD_BYTES:
        if (!read_varint(fields, VARINT_MAX, &length) || length > left(fields)) {
            return false;
        }
        field->bytes = fields->at;
        field->length = (size_t)length;
        return skip(fields, field->length);
    case FIELD_GROUP:
    case FIELD_GROUP_END:
        return true;
    case FIELD_32_BITS:
        return skip(fields, 4);
    }
    return false; /* a wire type that protobuf does not have */
}

/* Skips a group up to its end, with the groups inside it. */
static bool skip_group(struct fields *fields, uint32_t number)
{
    uint32_t open[DEPTH_MAX]; /* the numbers of the groups that have not ended */
    size_t depth = 0;
    open[depth++] = number;
    while (depth > 0) {
        struct field field;
        if (!read_tag(fields, &field) || !read_value(fields, &field)) {
            return false;
        }
        if (field.type == FIELD_GROUP_END && field.number != open[--depth]) {
            return false;
        }
        if (field.type == FIELD_GROUP) {
            if (depth == DEPTH_MAX) {
                return false;
            }
            open[depth++] = field.number;
        }
    }
    return true;
}

bool fields_next(struct fields *fields, struct field *ret_field)
{
    if (fields->at == fields->end || fields->is_broken) {
        return false;
    }
    bool good = read_tag(fields, ret_field) && read_value(fields, ret_field) &&
                ret_field->type != FIELD_GROUP_END &&
                (ret_field->type != FIELD_GROUP || skip_group(fields, ret_field->number));
    fields->is_broken = !good;
    return good;
}
