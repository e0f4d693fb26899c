/* kill -9 at random moments, in the short form (check_soak_crashes.c has the long one). */
#include "test/durability/crash_trial.h"
#include "test/durability/power_cut_trial.h"
#include "test/durability/store_server.h"
#include "test/suites.h"

#include <unistd.h>

START_TEST(every_session_is_resumed_after_a_crash)
{
    crash_trial(20, 200, 60, (unsigned)getpid());
}
END_TEST

START_TEST(every_answered_session_survives_a_power_cut)
{
    power_cut_trial(1, 200, (unsigned)getpid());
}
END_TEST

Suite *crashes_suite(void)
{
    Suite *suite = suite_create("crashes");
    TCase *crashes = tcase_create("crashes");
    suite_add_tcase(suite, crashes);
    tcase_set_timeout(crashes, 120);
    tcase_add_test(crashes, every_session_is_resumed_after_a_crash);
    TCase *cuts = tcase_create("power-cuts");
    suite_add_tcase(suite, cuts);
    tcase_set_timeout(cuts, 120);
    if (store_server_has_disk()) {
        tcase_add_test(cuts, every_answered_session_survives_a_power_cut);
    }
    return suite;
}
