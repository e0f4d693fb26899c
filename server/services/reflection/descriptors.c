#include "server/services/reflection/descriptors.h"

#include "shared/protocol/fields.h"

#include <stdio.h>
#include <string.h>

/* A google.protobuf.FileDescriptorSet. */
static const uint8_t set[] = {
#include "server/services/reflection/descriptors.inc"
};

/* The fields of descriptor.proto that matter here. The numbers are part of its wire format. */
enum {
    SET_FILE = 1,
    NAME = 1, /* of everything that has a name */
    FILE_PACKAGE = 2,
    FILE_MESSAGE = 4,
    FILE_ENUM = 5,
    FILE_SERVICE = 6,
    MESSAGE_NESTED = 3,
    MESSAGE_ENUM = 4,
    SERVICE_METHOD = 2
};

/* What may have names inside. */
enum scope { SCOPE_FILE, SCOPE_MESSAGE, SCOPE_SERVICE, SCOPE_LEAF };

static bool is_equal(struct descriptor_bytes one, struct descriptor_bytes other)
{
    return one.length == other.length && memcmp(one.bytes, other.bytes, one.length) == 0;
}

/* The field of this number that holds bytes; empty if it is missing. */
static struct descriptor_bytes get(struct descriptor_bytes message, uint32_t number)
{
    struct fields fields;
    struct field field;
    struct descriptor_bytes found = {.bytes = message.bytes};
    fields_init(&fields, message.bytes, message.length);
    while (fields_next(&fields, &field)) {
        if (field.number == number && field.type == FIELD_BYTES) {
            found = (struct descriptor_bytes){.bytes = field.bytes, .length = field.length};
        }
    }
    return found;
}

static bool next_file(struct fields *files, struct descriptor_bytes *ret_file)
{
    struct field field;
    if (!fields_next(files, &field)) {
        return false;
    }
    *ret_file = (struct descriptor_bytes){.bytes = field.bytes, .length = field.length};
    return true;
}

/* ---- Files and symbols ----------------------------------------------------------------------- */

bool descriptors_find_file(struct descriptor_bytes name, struct descriptor_bytes *ret_file)
{
    struct fields files;
    fields_init(&files, set, sizeof set);
    while (next_file(&files, ret_file)) {
        if (is_equal(get(*ret_file, NAME), name)) {
            return true;
        }
    }
    return false;
}

/* What a field of this number declares in a scope. False: nothing. */
static bool declares(enum scope scope, uint32_t number, enum scope *ret_inner)
{
    static const struct {
        enum scope scope;
        uint32_t number;
        enum scope inner;
    } rows[] = {
        {SCOPE_FILE, FILE_MESSAGE, SCOPE_MESSAGE}, {SCOPE_FILE, FILE_ENUM, SCOPE_LEAF},
        {SCOPE_FILE, FILE_SERVICE, SCOPE_SERVICE}, {SCOPE_MESSAGE, MESSAGE_NESTED, SCOPE_MESSAGE},
        {SCOPE_MESSAGE, MESSAGE_ENUM, SCOPE_LEAF}, {SCOPE_SERVICE, SERVICE_METHOD, SCOPE_LEAF}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].scope == scope && rows[i].number == number) {
            *ret_inner = rows[i].inner;
            return true;
        }
    }
    return false;
}

/* Goes into what the scope declares by this name. False: it declares no such thing. */
static bool enter(struct descriptor_bytes *place, enum scope *scope, struct descriptor_bytes name)
{
    struct fields fields;
    struct field field;
    fields_init(&fields, place->bytes, place->length);
    while (fields_next(&fields, &field)) {
        enum scope inner;
        const struct descriptor_bytes child = {.bytes = field.bytes, .length = field.length};
        if (declares(*scope, field.number, &inner) && is_equal(get(child, NAME), name)) {
            *place = child;
            *scope = inner;
            return true;
        }
    }
    return false;
}

/* Whether the file declares the symbol, whose name begins with the file's package. */
static bool file_declares(struct descriptor_bytes file, struct descriptor_bytes name)
{
    const struct descriptor_bytes package = get(file, FILE_PACKAGE);
    if (name.length <= package.length || name.bytes[package.length] != '.' ||
        memcmp(name.bytes, package.bytes, package.length) != 0) {
        return false;
    }
    enum scope scope = SCOPE_FILE;
    size_t at = package.length + 1;
    for (;;) {
        const uint8_t *part = name.bytes + at;
        const uint8_t *dot = memchr(part, '.', name.length - at);
        const size_t length = dot == NULL ? name.length - at : (size_t)(dot - part);
        if (!enter(&file, &scope, (struct descriptor_bytes){.bytes = part, .length = length})) {
            return false;
        }
        if (dot == NULL) {
            return true;
        }
        at += length + 1;
    }
}

bool descriptors_find_symbol(struct descriptor_bytes name, struct descriptor_bytes *ret_file)
{
    struct fields files;
    fields_init(&files, set, sizeof set);
    while (next_file(&files, ret_file)) {
        if (file_declares(*ret_file, name)) {
            return true;
        }
    }
    return false;
}

/* ---- Services -------------------------------------------------------------------------------- */

/* Writes the full name of service *index of a file, or takes the file's services off *index. */
static bool name_service_of(struct descriptor_bytes file, size_t *index,
                            char name[static DESCRIPTOR_NAME_SIZE])
{
    struct fields fields;
    struct field field;
    const struct descriptor_bytes package = get(file, FILE_PACKAGE);
    fields_init(&fields, file.bytes, file.length);
    while (fields_next(&fields, &field)) {
        if (field.number != FILE_SERVICE) {
            continue;
        }
        if (*index == 0) {
            const struct descriptor_bytes own =
                get((struct descriptor_bytes){.bytes = field.bytes, .length = field.length}, NAME);
            (void)snprintf(name, DESCRIPTOR_NAME_SIZE, "%.*s.%.*s", (int)package.length,
                           (const char *)package.bytes, (int)own.length, (const char *)own.bytes);
            return true;
        }
        --*index;
    }
    return false;
}

bool descriptors_name_service(size_t index, char name[static DESCRIPTOR_NAME_SIZE])
{
    struct fields files;
    struct descriptor_bytes file;
    fields_init(&files, set, sizeof set);
    while (next_file(&files, &file)) {
        if (name_service_of(file, &index, name)) {
            return true;
        }
    }
    return false;
}
