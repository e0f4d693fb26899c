/*
 * shared/go_rand: Go's generator, number by number, against known answers; and its seeding, which
 * computes many values at a time, against the definition, which has one after the other.
 */
#include "shared/protocol/go_rand.h"
#include "test/kit/vectors.h"
#include "test/suites.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static struct vectors vectors;

static const uint64_t cooked[GO_RAND_WORDS] = {
#include "shared/protocol/go_rand_cooked.inc"
};

static void read_vectors(void)
{
    vectors_read(&vectors);
}

static uint64_t fnv1a64_add(uint64_t hash, uint32_t number)
{
    for (int i = 0; i < 4; i++) {
        hash = (hash ^ (number >> 8 * i & 0xff)) * UINT64_C(1099511628211);
    }
    return hash;
}

START_TEST(the_numbers_are_gos)
{
    ck_assert_uint_ge(vectors.count, 10);
    for (size_t v = 0; v < vectors.count; v++) {
        const struct vector *vector = &vectors.items[v];
        struct go_rand source;
        go_rand_seed(&source, vector->seed);
        uint64_t hash = UINT64_C(14695981039346656037);
        for (uint32_t k = 1; k <= VECTOR_LENGTH; k++) {
            uint32_t number = go_rand_uint32(&source);
            uint32_t expected = k <= VECTOR_FIRST    ? vector->first[k - 1]
                                : k == 1000          ? vector->number_1000
                                : k == VECTOR_LENGTH ? vector->number_last
                                                     : number;
            if (number != expected) { /* an assertion of Check costs a system call */
                ck_abort_msg("%s: number %" PRIu32 " is %" PRIu32 ", expected %" PRIu32,
                             vector->text, k, number, expected);
            }
            hash = fnv1a64_add(hash, number);
        }
        ck_assert_msg(hash == vector->fnv1a64, "%s: the hash of all is %016" PRIx64, vector->text,
                      hash);
    }
}
END_TEST

static uint64_t lehmer_next(uint64_t *x)
{
    *x = *x * 48271 % 2147483647;
    return *x;
}

/* As rng.go has it: rngSource.Seed. */
static void seed_by_definition(struct go_rand *source, int64_t seed)
{
    seed %= 2147483647;
    seed += seed < 0 ? 2147483647 : 0;
    uint64_t x = seed == 0 ? 89482311 : (uint64_t)seed;
    for (int i = 0; i < 20; i++) {
        (void)lehmer_next(&x);
    }
    for (int i = 0; i < GO_RAND_WORDS; i++) {
        source->words[i] = lehmer_next(&x) << 40;
        source->words[i] ^= lehmer_next(&x) << 20;
        source->words[i] ^= lehmer_next(&x) ^ cooked[i];
    }
    source->tap = 0;
    source->feed = GO_RAND_WORDS - 273;
}

static void expect_definition(int64_t seed)
{
    struct go_rand expected;
    struct go_rand source;
    memset(&source, 0xff, sizeof source);
    seed_by_definition(&expected, seed);
    go_rand_seed(&source, seed);
    if (memcmp(&source, &expected, sizeof source) != 0) {
        for (int i = 0; i < GO_RAND_WORDS; i++) {
            ck_assert_msg(source.words[i] == expected.words[i], "seed %" PRId64 ": word %d", seed,
                          i);
        }
        ck_abort_msg("seed %" PRId64 ": the first word to take", seed);
    }
}

START_TEST(every_word_is_seeded_as_defined)
{
    static const int64_t edges[] = {INT64_MIN,          0,         2147483647,   -2147483647,
                                    2147483647LL << 31, INT64_MAX, 89482311,     1LL << 31,
                                    1LL << 32,          INT32_MIN, INT32_MAX / 2};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        for (int64_t near = -3; near <= 3; near++) {
            expect_definition((int64_t)((uint64_t)edges[i] + (uint64_t)near));
        }
    }
    uint64_t random = 1;
    for (int i = 0; i < 5000; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        expect_definition((int64_t)(random ^ random >> 29));
    }
}
END_TEST

/* Seeds that are equal modulo 2^31 - 1 are the same seed; 0 among them is replaced. */
START_TEST(seeds_count_modulo_a_prime)
{
    static const int64_t pairs[][2] = {
        {0, 2147483647}, {0, 89482311},         {0, -2147483647},
        {1, 2147483648}, {-1, 2147483646},      {INT64_MAX, 1},
        {INT64_MIN, -2}, {5, 5 - 2147483647LL}, {89482311, 4294967294}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct go_rand a;
        struct go_rand b;
        go_rand_seed(&a, pairs[i][0]);
        go_rand_seed(&b, pairs[i][1]);
        for (int k = 0; k < 2 * GO_RAND_WORDS; k++) {
            ck_assert_msg(go_rand_uint32(&a) == go_rand_uint32(&b),
                          "seeds %" PRId64 " and %" PRId64 " differ", pairs[i][0], pairs[i][1]);
        }
    }
}
END_TEST

START_TEST(a_seed_forgets_what_was_before)
{
    struct go_rand used;
    struct go_rand fresh;
    go_rand_seed(&used, 7);
    for (int k = 0; k < 1000; k++) {
        (void)go_rand_uint32(&used);
    }
    go_rand_seed(&used, 8);
    go_rand_seed(&fresh, 8);
    for (int k = 0; k < 1000; k++) {
        ck_assert_uint_eq(go_rand_uint32(&used), go_rand_uint32(&fresh));
    }
}
END_TEST

START_TEST(what_comes_and_what_came_can_be_read)
{
    enum { COUNT = 3 * GO_RAND_WORDS };
    static uint32_t numbers[COUNT];
    struct go_rand source;
    go_rand_seed(&source, 7);
    for (uint32_t k = 0; k < COUNT; k++) {
        bool right = true;
        uint32_t peeked = go_rand_uint32_peek(&source);
        numbers[k] = go_rand_uint32(&source);
        for (uint32_t back = 0; back <= k && back < GO_RAND_WORDS; back++) {
            right = right && go_rand_uint32_back(&source, back) == numbers[k - back];
        }
        ck_assert_msg(right && peeked == numbers[k], "number %" PRIu32, k);
    }
}
END_TEST

Suite *go_rand_suite(void)
{
    Suite *suite = suite_create("go-rand");
    TCase *tcase = tcase_create("go-rand");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, read_vectors, NULL);
    tcase_add_test(tcase, the_numbers_are_gos);
    tcase_add_test(tcase, every_word_is_seeded_as_defined);
    tcase_add_test(tcase, seeds_count_modulo_a_prime);
    tcase_add_test(tcase, a_seed_forgets_what_was_before);
    tcase_add_test(tcase, what_comes_and_what_came_can_be_read);
    return suite;
}
