/* server/net/stream_budget: what a connection may waste. */
#include "server/net/stream_budget.h"
#include "test/suites.h"

/* Returns how many streams may be wasted at `now`, up to `max`, before one is too much. */
static int waste(struct stream_budget *budget, int cost, int64_t now, int max)
{
    int wasted = 0;
    while (wasted < max && !stream_budget_waste(budget, cost, now)) {
        wasted++;
    }
    return wasted;
}

START_TEST(some_thousand_streams_may_be_wasted_at_once)
{
    static const int costs[] = {BUDGET_ANSWERED, BUDGET_RESET};
    static const int64_t times[] = {0, 5 * NS_PER_S, CLOCK_NEVER / 2};
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 3; k++) {
            struct stream_budget budget = {.live = 0};
            ck_assert_int_eq(waste(&budget, costs[i], times[k], BUDGET_MAX + 1),
                             BUDGET_MAX / costs[i]);
        }
    }
}
END_TEST

START_TEST(the_budget_grows_with_time)
{
    struct stream_budget budget = {.live = 0};
    ck_assert_int_eq(waste(&budget, BUDGET_ANSWERED, 0, BUDGET_MAX), BUDGET_MAX);
    ck_assert_int_eq(waste(&budget, BUDGET_ANSWERED, 500 * BUDGET_NS, 500), 500);
    ck_assert_int_eq(waste(&budget, BUDGET_ANSWERED, 500 * BUDGET_NS, 1), 0);
}
END_TEST

/* A client that comes to a limit, and tries again with a back-off, for ever. */
START_TEST(a_steady_rate_is_within_it)
{
    struct stream_budget budget = {.live = 0};
    for (int second = 0; second < 1000; second++) {
        ck_assert_int_eq(waste(&budget, BUDGET_ANSWERED, second * NS_PER_S, 1000), 1000);
    }
}
END_TEST

/* It is not more than the whole after a long time. */
START_TEST(what_is_not_wasted_is_not_saved)
{
    struct stream_budget budget = {.live = 0};
    ck_assert_int_eq(waste(&budget, BUDGET_RESET, 1000 * NS_PER_S, BUDGET_MAX),
                     BUDGET_MAX / BUDGET_RESET);
}
END_TEST

START_TEST(a_connection_is_cut_once)
{
    struct stream_budget budget = {.live = 0};
    ck_assert_int_eq(waste(&budget, BUDGET_RESET, 0, BUDGET_MAX), BUDGET_MAX / BUDGET_RESET);
    ck_assert(atomic_load(&budget.is_cut));
    ck_assert_int_eq(waste(&budget, BUDGET_RESET, 0, 100), 100);
}
END_TEST

Suite *stream_budget_suite(void)
{
    Suite *suite = suite_create("stream-budget");
    TCase *tcase = tcase_create("stream-budget");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, some_thousand_streams_may_be_wasted_at_once);
    tcase_add_test(tcase, the_budget_grows_with_time);
    tcase_add_test(tcase, a_steady_rate_is_within_it);
    tcase_add_test(tcase, what_is_not_wasted_is_not_saved);
    tcase_add_test(tcase, a_connection_is_cut_once);
    return suite;
}
