/* client/plan: what follows from a plan. */
#include "client/plan.h"
#include "shared/base/clock.h"
#include "test/suites.h"

START_TEST(what_is_left_of_the_time_has_its_numbers)
{
    const struct plan plan = {.interval_ns = 250 * NS_PER_MS};
    ck_assert_uint_eq(plan_n_within(&plan, NS_PER_S), 5);
    ck_assert_uint_eq(plan_n_within(&plan, NS_PER_S - 1), 4);
    ck_assert_uint_eq(plan_n_within(&plan, 0), 1);
    ck_assert_uint_eq(plan_n_within(&plan, -60 * NS_PER_S), 1);
    ck_assert_uint_eq(plan_n_within(&plan, CLOCK_NEVER), 65535);
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
    tcase_add_test(tcase, modes_have_their_names);
    return suite;
}
