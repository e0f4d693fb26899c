/* Sessions under faults, in the long form, with counts. */
#include "test/faults/abandon_trial.h"
#include "test/faults/allocation_trial.h"
#include "test/faults/clock_trial.h"
#include "test/faults/cut_trial.h"
#include "test/faults/eviction_trial.h"
#include "test/faults/guest.h"
#include "test/faults/take_over_trial.h"
#include "test/suites.h"

START_TEST(one_of_a_hundred_goes_on_a_thousand_times)
{
    take_over_trial(1000);
}
END_TEST

START_TEST(resumed_or_gone_a_thousand_times)
{
    eviction_trial(10);
}
END_TEST

START_TEST(a_hundred_thousand_abandoned_sessions_are_evicted_in_time)
{
    const struct abandon_settings settings = {
        .sessions = 100000, .timeout_ms = 30000, .late_ms = 5000};
    abandon_trial(&settings);
}
END_TEST

START_TEST(the_server_outlives_every_allocation)
{
    allocation_trial_of_server(EACH_ALLOCATION);
}
END_TEST

START_TEST(the_client_ends_clearly_without_every_allocation)
{
    allocation_trial_of_client(EACH_ALLOCATION);
}
END_TEST

START_TEST(a_server_that_was_stopped_for_a_minute)
{
    stop_trial(60000);
}
END_TEST

START_TEST(every_number_comes_once_through_ten_thousand_cuts)
{
    cut_trial(11000);
}
END_TEST

Suite *soak_sessions_suite(void)
{
    Suite *suite = suite_create("soak-sessions");
    TCase *guests = tcase_create("guests");
    suite_add_tcase(suite, guests);
    tcase_set_timeout(guests, 900);
    tcase_add_checked_fixture(guests, guests_set_up, guests_tear_down);
    tcase_add_test(guests, one_of_a_hundred_goes_on_a_thousand_times);
    tcase_add_test(guests, resumed_or_gone_a_thousand_times);
    tcase_add_test(guests, a_hundred_thousand_abandoned_sessions_are_evicted_in_time);
    tcase_add_test(guests, the_server_outlives_every_allocation);
    tcase_add_test(guests, a_server_that_was_stopped_for_a_minute);
    TCase *programs = tcase_create("programs");
    suite_add_tcase(suite, programs);
    tcase_set_timeout(programs, 900);
    tcase_add_test(programs, every_number_comes_once_through_ten_thousand_cuts);
    tcase_add_test(programs, the_client_ends_clearly_without_every_allocation);
    return suite;
}
