/*
 * Names of 16 bytes, in the forms that the Go package google/uuid reads. Every function may be
 * called from any thread.
 */
#ifndef COMMS_SHARED_BASE_UUID_H
#define COMMS_SHARED_BASE_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the 36-character form and its NUL. */
enum { UUID_TEXT_SIZE = 37 };

struct uuid {
    uint8_t bytes[16];
};

/*
 * Reads `length` characters at `text` (no NUL is needed): the 36-character form, alone, in braces,
 * in double quotes or after "urn:uuid:", or 32 hex digits. Upper and lower case are the same.
 * False, and *ret_uuid untouched, for anything else.
 */
bool uuid_parse(const char *text, size_t length, struct uuid *ret_uuid);

/* Writes the 36-character form, in lower case, and its NUL. */
void uuid_format(const struct uuid *uuid, char text[static UUID_TEXT_SIZE]);

/* A random uuid of version 4 (RFC 4122). */
struct uuid uuid_random(void);

bool uuid_equal(const struct uuid *a, const struct uuid *b);

/* The first 8 bytes as a big-endian number: the seed of a session (proto/PROTOCOL.md). */
int64_t uuid_seed(const struct uuid *uuid);

#endif
