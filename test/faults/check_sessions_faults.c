/* Sessions under faults, in the short form (check_soak_sessions.c has the long one). */
#include "test/faults/abandon_trial.h"
#include "test/faults/clock_trial.h"
#include "test/faults/eviction_trial.h"
#include "test/faults/guest.h"
#include "test/faults/take_over_trial.h"
#include "test/suites.h"

START_TEST(one_of_a_hundred_goes_on)
{
    take_over_trial(20);
}
END_TEST

START_TEST(resumed_or_gone_around_the_time_out)
{
    eviction_trial(1);
}
END_TEST

START_TEST(abandoned_sessions_are_evicted_in_time)
{
    const struct abandon_settings settings = {.sessions = 5000, .timeout_ms = 300, .late_ms = 500};
    abandon_trial(&settings);
}
END_TEST

START_TEST(the_wall_clock_changes_nothing)
{
    clock_trial();
}
END_TEST

START_TEST(a_server_that_was_stopped_for_two_seconds)
{
    stop_trial(2000);
}
END_TEST

Suite *sessions_faults_suite(void)
{
    Suite *suite = suite_create("sessions-faults");
    TCase *guests = tcase_create("guests");
    suite_add_tcase(suite, guests);
    tcase_set_timeout(guests, 60);
    tcase_add_checked_fixture(guests, guests_set_up, guests_tear_down);
    tcase_add_test(guests, one_of_a_hundred_goes_on);
    tcase_add_test(guests, resumed_or_gone_around_the_time_out);
    tcase_add_test(guests, abandoned_sessions_are_evicted_in_time);
    if (clock_trial_is_possible()) {
        tcase_add_test(guests, the_wall_clock_changes_nothing);
    }
    tcase_add_test(guests, a_server_that_was_stopped_for_two_seconds);
    return suite;
}
