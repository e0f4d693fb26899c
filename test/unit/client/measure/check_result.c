/* client/measure/result: what is computed from it. */
#include "client/measure/result.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#include <string.h>

static struct result result;

START_TEST(throughput_is_of_the_measured_time)
{
    ck_assert_double_eq(result_throughput(&result), 0);
    result.elapsed_ns = 60 * NS_PER_S;
    result.measured_ns = 50 * NS_PER_S;
    result.measured_numbers = 510020;
    ck_assert_double_eq_tol(result_throughput(&result), 10200.4, 1e-9);
}
END_TEST

static void come_apart(int64_t ns, unsigned times, bool is_whole)
{
    for (unsigned i = 0; i < times; i++) {
        histogram_record(&result.gap, ns);
    }
    result.whole_gaps += is_whole ? times : 0;
    result.whole_gaps_ns += is_whole ? (double)ns * times : 0;
}

/* The interval is 100 ms. */
static const struct {
    struct {
        int64_t ms;
        unsigned times;
        bool is_whole;
    } gaps[2];
    int64_t pace_ms;
} paces[] = {
    {{{0, 0, true}}, 0},
    {{{100, 20, true}}, 0},
    {{{80, 20, true}}, 0},
    {{{120, 20, true}}, 0},
    {{{70, 20, true}}, 70}, /* a server with another interval */
    {{{250, 20, true}}, 250},
    {{{0, 30, true}, {3100, 1, true}}, 0},  /* held up for 3 s, and handed over at once */
    {{{0, 300, true}, {100, 10, true}}, 0}, /* likewise, before the first number */
    {{{0, 10, true}, {200, 10, true}}, 0},  /* two at a time */
    {{{60, 20, true}, {500, 5, true}}, 0},  /* the mean is longer, the median is shorter */
    {{{20, 15, true}, {150, 5, true}}, 20}, /* on a machine that is loaded */
    {{{519, 18, false}}, 0},                /* no gap without a break */
    {{{519, 18, false}, {100, 4, true}}, 0},
};

START_TEST(only_a_steady_pace_is_another_one)
{
    memset(&result, 0, sizeof result);
    result.interval_ns = 100 * NS_PER_MS;
    for (size_t i = 0; i < 2; i++) {
        come_apart(paces[_i].gaps[i].ms * NS_PER_MS, paces[_i].gaps[i].times,
                   paces[_i].gaps[i].is_whole);
    }
    ck_assert_int_eq(result_find_pace(&result) / NS_PER_MS, paces[_i].pace_ms);
    result.interval_ns = 0;
    ck_assert_int_eq(result_find_pace(&result), 0);
}
END_TEST

Suite *result_suite(void)
{
    Suite *suite = suite_create("result");
    TCase *tcase = tcase_create("result");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, throughput_is_of_the_measured_time);
    tcase_add_loop_test(tcase, only_a_steady_pace_is_another_one, 0, sizeof paces / sizeof *paces);
    return suite;
}
