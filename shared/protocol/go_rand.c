#include "shared/protocol/go_rand.h"

enum {
    LAG = 273, /* the shorter lag of the generator */
    SEED_FOR_ZERO = 89482311,

    /*
     * A Lehmer generator, x[i+1] = 48271 * x[i] modulo 2^31 - 1, makes the words: three values for
     * each word, after 20 values that are left out. Each value needs the one before, so one by one
     * 1,841 multiplications would wait for each other. But a multiplication by 48271^k goes k
     * values ahead. So the first eight words, 24 values, are made one by one; from then on 24
     * lanes, which the processor computes at the same time, each go 24 values ahead.
     */
    LEHMER_MODULUS = 2147483647,   /* 2^31 - 1 */
    LEHMER_MULTIPLIER = 48271,     /* to the next value */
    LEHMER_TO_FIRST = 638022372,   /* 48271^21, from the seed to the first value that is used */
    LEHMER_TO_EIGHTH = 1402304087, /* 48271^24, eight words further */
    LANES = 8
};

static const uint64_t cooked[GO_RAND_WORDS] = {
#include "shared/protocol/go_rand_cooked.inc"
};

struct lanes { /* one word each: a << 40 ^ b << 20 ^ c */
    uint32_t a[LANES];
    uint32_t b[LANES];
    uint32_t c[LANES];
};

/*
 * x * multiplier modulo m = 2^31 - 1, for factors of 1 to m - 1. The product is q * m + r, and r is
 * not 0 because m is prime. The product plus q is q * 2^31 + r, whose low 31 bits are r. The
 * product divided by 2^31 gives q or q - 1; divided again after that quotient was added, it gives
 * q.
 */
static uint32_t lehmer_multiply(uint32_t x, uint32_t multiplier)
{
    uint64_t product = (uint64_t)x * multiplier;
    uint64_t quotient = (product + (product >> 31)) >> 31;
    return (uint32_t)(product + quotient) & LEHMER_MODULUS;
}

static void lanes_begin(struct lanes *lanes, uint32_t seed)
{
    uint32_t x = lehmer_multiply(seed, LEHMER_TO_FIRST);
    for (int i = 0; i < LANES; i++) {
        lanes->a[i] = x;
        lanes->b[i] = lehmer_multiply(lanes->a[i], LEHMER_MULTIPLIER);
        lanes->c[i] = lehmer_multiply(lanes->b[i], LEHMER_MULTIPLIER);
        x = lehmer_multiply(lanes->c[i], LEHMER_MULTIPLIER);
    }
}

/* A loop for each array: gcc vectorizes it. */
static void lanes_go_on(uint32_t values[static LANES])
{
    for (int i = 0; i < LANES; i++) {
        values[i] = lehmer_multiply(values[i], LEHMER_TO_EIGHTH);
    }
}

void go_rand_seed(struct go_rand *source, int64_t seed)
{
    int64_t start = seed % LEHMER_MODULUS;
    if (start < 0) {
        start += LEHMER_MODULUS;
    }
    struct lanes lanes;
    lanes_begin(&lanes, start == 0 ? SEED_FOR_ZERO : (uint32_t)start);

    for (int at = 0; at < GO_RAND_WORDS; at += LANES) {
        for (int i = 0; i < LANES && at + i < GO_RAND_WORDS; i++) {
            source->words[at + i] = (uint64_t)lanes.a[i] << 40 ^ (uint64_t)lanes.b[i] << 20 ^
                                    lanes.c[i] ^ cooked[at + i];
        }
        lanes_go_on(lanes.a);
        lanes_go_on(lanes.b);
        lanes_go_on(lanes.c);
    }
    source->tap = 0;
    source->feed = GO_RAND_WORDS - LAG;
}
