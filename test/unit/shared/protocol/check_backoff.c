/*
 * shared/protocol/backoff: how the waits grow, how far jitter moves them, and where they begin
 * anew.
 */
#include "shared/base/clock.h"
#include "shared/protocol/backoff.h"
#include "test/suites.h"

#include <stdlib.h>

/* The waits before jitter: 500 ms, 1.6 times more each time, at most 10 s. */
static const int64_t delays[] = {500000000,
                                 800000000,
                                 1280000000,
                                 2048000000,
                                 INT64_C(3276800000),
                                 INT64_C(5242880000),
                                 INT64_C(8388608000),
                                 INT64_C(10000000000),
                                 INT64_C(10000000000),
                                 INT64_C(10000000000)};

enum { DELAY_COUNT = sizeof delays / sizeof *delays, MIDDLE = 0x80000000 - 1 };

static void assert_near(int64_t a, int64_t b)
{
    ck_assert_msg(llabs(a - b) <= 10, "%lld is not near %lld", (long long)a, (long long)b);
}

START_TEST(waits_grow_to_the_cap)
{
    struct backoff backoff = {0};
    for (int i = 0; i < DELAY_COUNT; i++) {
        assert_near(backoff_next(&backoff, MIDDLE), delays[i]);
    }
    for (int i = 0; i < 1000; i++) {
        assert_near(backoff_next(&backoff, MIDDLE), 10 * NS_PER_S);
    }
}
END_TEST

START_TEST(jitter_is_a_fifth_either_way)
{
    struct backoff least = {0};
    struct backoff most = {0};
    for (int i = 0; i < DELAY_COUNT; i++) {
        ck_assert_int_eq(backoff_next(&least, 0), delays[i] - delays[i] / 5);
        ck_assert_int_eq(backoff_next(&most, UINT32_MAX), delays[i] + delays[i] / 5);
    }
}
END_TEST

START_TEST(jitter_is_spread_evenly)
{
    enum { STEPS = 16 };
    for (uint32_t step = 0; step <= STEPS; step++) {
        struct backoff backoff = {0};
        uint32_t random = (uint32_t)(UINT64_C(0xffffffff) * step / STEPS);
        assert_near(backoff_next(&backoff, random), 400000000 + 200000000 / STEPS * (int64_t)step);
    }
}
END_TEST

START_TEST(jitter_does_not_add_up)
{
    struct backoff backoff = {0};
    for (int i = 0; i < DELAY_COUNT; i++) {
        int64_t delay = backoff_next(&backoff, i % 2 == 0 ? UINT32_MAX : 0);
        ck_assert_int_eq(delay, i % 2 == 0 ? delays[i] + delays[i] / 5 : delays[i] - delays[i] / 5);
    }
}
END_TEST

START_TEST(a_reset_begins_anew)
{
    struct backoff backoff = {0};
    for (int tries = 0; tries < DELAY_COUNT; tries++) {
        for (int i = 0; i < tries; i++) {
            assert_near(backoff_next(&backoff, MIDDLE), delays[i]);
        }
        backoff_reset(&backoff);
        assert_near(backoff_next(&backoff, MIDDLE), delays[0]);
        backoff_reset(&backoff);
    }
}
END_TEST

Suite *backoff_suite(void)
{
    Suite *suite = suite_create("backoff");
    TCase *tcase = tcase_create("backoff");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, waits_grow_to_the_cap);
    tcase_add_test(tcase, jitter_is_a_fifth_either_way);
    tcase_add_test(tcase, jitter_is_spread_evenly);
    tcase_add_test(tcase, jitter_does_not_add_up);
    tcase_add_test(tcase, a_reset_begins_anew);
    return suite;
}
