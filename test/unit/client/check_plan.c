/* client/plan: what follows from a plan. */
#include "client/plan.h"
#include "shared/base/clock.h"
#include "test/suites.h"

START_TEST(what_is_left_of_the_time_has_its_numbers)
{
    const int64_t interval = 250 * NS_PER_MS;
    ck_assert_uint_eq(plan_n_within(0, NS_PER_S), 65535);
    ck_assert_uint_eq(plan_n_within(interval, NS_PER_S), 5);
    ck_assert_uint_eq(plan_n_within(interval, NS_PER_S - 1), 4);
    ck_assert_uint_eq(plan_n_within(interval, 0), 1);
    ck_assert_uint_eq(plan_n_within(interval, -60 * NS_PER_S), 1);
    ck_assert_uint_eq(plan_n_within(interval, CLOCK_NEVER), 65535);
}
END_TEST

START_TEST(a_warm_up_may_leave_nothing_to_measure)
{
    static const struct {
        int64_t warmup, interval, ramp, duration;
        uint32_t n; /* 0: as many as fit */
        bool leaves_nothing;
    } rows[] = {
        {0, NS_PER_S, 0, 0, 1, false},
        {1, NS_PER_S, 0, 0, 1, true}, /* the one number comes at once */
        {10 * NS_PER_S, NS_PER_S, 0, 0, 5, true},
        {4 * NS_PER_S, NS_PER_S, 0, 0, 5, false}, /* the last number comes at its end */
        {4 * NS_PER_S + 1, NS_PER_S, 0, 0, 5, true},
        {4 * NS_PER_S + 1, NS_PER_S, 1, 0, 5, false},
        {10 * NS_PER_S, NS_PER_S, 7 * NS_PER_S, 0, 3, true},
        {10 * NS_PER_S, NS_PER_S, 8 * NS_PER_S, 0, 3, false},
        {10 * NS_PER_S, NS_PER_S, 20 * NS_PER_S, 0, 3, false},
        {10 * NS_PER_S, 0, 0, 0, 5, false}, /* full speed: nobody knows */
        {10 * NS_PER_S, 0, 0, 10 * NS_PER_S, 5, true},
        {10 * NS_PER_S - 1, 0, 0, 10 * NS_PER_S, 5, false},
        {11 * NS_PER_S, NS_PER_S, 0, 10 * NS_PER_S, 500, true},
        {9 * NS_PER_S, NS_PER_S, 0, 10 * NS_PER_S - 1, 0, false}, /* the last one comes at 9 s */
        {9 * NS_PER_S + 1, NS_PER_S, 0, 10 * NS_PER_S - 1, 0, true},
        {9 * NS_PER_S + 1, NS_PER_S, 0, 10 * NS_PER_S - 1, 5, false}, /* others follow */
        {9 * NS_PER_S + 1, NS_PER_S, 1, 10 * NS_PER_S - 1, 0, false},
        {9 * NS_PER_S + 1, 0, 0, 10 * NS_PER_S - 1, 0, false},
        {INT64_C(24) * 86400 * NS_PER_S, INT64_C(24) * 86400 * NS_PER_S, 0, 0, 16777215, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct plan plan = {.warmup_ns = rows[i].warmup,
                                  .interval_ns = rows[i].interval,
                                  .ramp_ns = rows[i].ramp,
                                  .duration_ns = rows[i].duration,
                                  .n = rows[i].n,
                                  .n_fits = rows[i].n == 0};
        ck_assert_msg(plan_warms_up_only(&plan) == rows[i].leaves_nothing, "row %zu", i);
    }
}
END_TEST

START_TEST(modes_have_their_names)
{
    ck_assert_str_eq(client_mode_name(CLIENT_STATELESS), "stateless");
    ck_assert_str_eq(client_mode_name(CLIENT_STATEFUL), "stateful");
    ck_assert_str_eq(client_mode_name(CLIENT_STATEFUL_TEST), "stateful-test");
    ck_assert_str_eq(client_mode_name(CLIENT_STATEFUL_TEST_RECONNECT), "stateful-test-reconnect");
}
END_TEST

Suite *plan_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tcase = tcase_create("plan");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, what_is_left_of_the_time_has_its_numbers);
    tcase_add_test(tcase, a_warm_up_may_leave_nothing_to_measure);
    tcase_add_test(tcase, modes_have_their_names);
    return suite;
}
