/* The known answers of test/kit/vectors/go-rand-vectors.json, from Go's math/rand. For one thread.
 */
#ifndef COMMS_TEST_KIT_VECTORS_H
#define COMMS_TEST_KIT_VECTORS_H

#include "shared/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VECTORS_MAX = 16, VECTOR_FIRST = 10, VECTOR_CHECKSUMS_MAX = 8, VECTOR_LENGTH = 65535 };

/* The first VECTOR_LENGTH numbers of one uuid. */
struct vector {
    char text[UUID_TEXT_SIZE];
    struct uuid uuid;
    int64_t seed;
    uint32_t first[VECTOR_FIRST];
    uint32_t number_1000;
    uint32_t number_last;
    struct {
        uint32_t count; /* numbers that the checksum is of */
        uint32_t checksum;
    } checksums[VECTOR_CHECKSUMS_MAX];
    size_t checksum_count;
    uint64_t fnv1a64; /* of the numbers as little-endian uint32 */

    /* the first value that comes again */
    bool has_repeat;
    uint32_t repeat_first;  /* its first position */
    uint32_t repeat_second; /* its second position */
    uint32_t repeat_value;
};

struct vectors {
    struct vector items[VECTORS_MAX];
    size_t count;
};

/* Reads the file. The test fails where the file is not as expected. */
void vectors_read(struct vectors *ret_vectors);

/* The vector of this uuid, in its text form; without one the test fails. */
const struct vector *vectors_find(const struct vectors *vectors, const char *text);

#endif
