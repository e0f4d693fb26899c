#include "shared/go_rand.h"

enum {
    LAG = 273, /* the shorter lag of the generator */
    LEHMER_MULTIPLIER = 48271,
    LEHMER_MODULUS = 2147483647, /* 2^31 - 1 */
    SEED_FOR_ZERO = 89482311,
    DROPPED = 20 /* Lehmer values before the first that is used */
};

static const uint64_t cooked[GO_RAND_WORDS] = {
#include "shared/go_rand_cooked.inc"
};

static uint64_t lehmer_next(uint64_t x)
{
    return x * LEHMER_MULTIPLIER % LEHMER_MODULUS;
}

void go_rand_seed(struct go_rand *source, int64_t seed)
{
    int64_t start = seed % LEHMER_MODULUS;
    if (start < 0) {
        start += LEHMER_MODULUS;
    }
    uint64_t x = start == 0 ? SEED_FOR_ZERO : (uint64_t)start;

    for (int i = 0; i < DROPPED; i++) {
        x = lehmer_next(x);
    }
    for (int i = 0; i < GO_RAND_WORDS; i++) {
        uint64_t a = lehmer_next(x);
        uint64_t b = lehmer_next(a);
        uint64_t c = lehmer_next(b);
        source->words[i] = (a << 40) ^ (b << 20) ^ c ^ cooked[i];
        x = c;
    }
    source->tap = 0;
    source->feed = GO_RAND_WORDS - LAG;
}
