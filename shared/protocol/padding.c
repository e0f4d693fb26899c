#include "shared/protocol/padding.h"

#include <pthread.h>
#include <string.h>

/* Where the padding of a number may begin in the table: few enough places that small paddings stay
 * in the processor's caches, and enough that two numbers seldom have the same. */
enum { PLACE_BITS = 16, PLACES = 1 << PLACE_BITS };

static uint8_t table[PADDING_MAX + PLACES];

static void fill_table(void)
{
    uint64_t x = 0;
    for (size_t i = 0; i < sizeof table; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        table[i] = (uint8_t)(x >> 56);
    }
}

void padding_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, fill_table);
}

const uint8_t *padding_of(uint64_t number)
{
    return table + (number * UINT64_C(0x9e3779b97f4a7c15) >> (64 - PLACE_BITS));
}

size_t padding_compare(uint64_t number, size_t at, const uint8_t *bytes, size_t length)
{
    const uint8_t *right = padding_of(number) + at;
    if (memcmp(right, bytes, length) == 0) {
        return length;
    }
    size_t i = 0;
    while (right[i] == bytes[i]) {
        i++;
    }
    return i;
}
