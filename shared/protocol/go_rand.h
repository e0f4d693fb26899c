/*
 * The source of Go's math/rand (src/math/rand/rng.go): an additive lagged Fibonacci generator,
 * x[i] = x[i-607] + x[i-273] modulo 2^64. The protocol promises the numbers of Go, so
 * every bit is as in Go. A generator belongs to one thread at a time.
 */
#ifndef COMMS_SHARED_PROTOCOL_GO_RAND_H
#define COMMS_SHARED_PROTOCOL_GO_RAND_H

#include <stdint.h>

enum { GO_RAND_WORDS = 607 };

struct go_rand {
    uint32_t tap;
    uint32_t feed;
    uint64_t words[GO_RAND_WORDS];
};

/* Like rand.NewSource(seed), for any seed. */
void go_rand_seed(struct go_rand *source, int64_t seed);

/* Like (*rand.Rand).Uint32: bits 31 to 62 of the next word. */
static inline uint32_t go_rand_uint32(struct go_rand *source)
{
    source->tap = source->tap == 0 ? GO_RAND_WORDS - 1 : source->tap - 1;
    source->feed = source->feed == 0 ? GO_RAND_WORDS - 1 : source->feed - 1;
    uint64_t word = source->words[source->feed] + source->words[source->tap];
    source->words[source->feed] = word;
    return (uint32_t)(word >> 31);
}

/* What go_rand_uint32 returns next. */
static inline uint32_t go_rand_uint32_peek(const struct go_rand *source)
{
    uint32_t tap = source->tap == 0 ? GO_RAND_WORDS - 1 : source->tap - 1;
    uint32_t feed = source->feed == 0 ? GO_RAND_WORDS - 1 : source->feed - 1;
    return (uint32_t)((source->words[feed] + source->words[tap]) >> 31);
}

/*
 * What go_rand_uint32 returned `back` calls before the last one. The words hold its last
 * GO_RAND_WORDS results, so `back` must be less.
 */
static inline uint32_t go_rand_uint32_back(const struct go_rand *source, uint32_t back)
{
    return (uint32_t)(source->words[(source->feed + back) % GO_RAND_WORDS] >> 31);
}

#endif
