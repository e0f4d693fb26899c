/* kill -9 at random moments, in the short form (check_soak_crashes.c has the long one). */
#include "test/durability/crash_trial.h"
#include "test/suites.h"

#include <unistd.h>

START_TEST(every_session_is_resumed_after_a_crash)
{
    crash_trial(20, 200, 60, (unsigned)getpid());
}
END_TEST

Suite *crashes_suite(void)
{
    Suite *suite = suite_create("crashes");
    TCase *crashes = tcase_create("crashes");
    suite_add_tcase(suite, crashes);
    tcase_set_timeout(crashes, 120);
    tcase_add_test(crashes, every_session_is_resumed_after_a_crash);
    return suite;
}
