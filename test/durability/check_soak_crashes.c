/* kill -9 at random moments, in the long form. */
#include "test/durability/crash_trial.h"
#include "test/suites.h"

#include <unistd.h>

START_TEST(every_session_is_resumed_after_200_crashes)
{
    crash_trial(200, 1000, 300, (unsigned)getpid());
}
END_TEST

Suite *soak_crashes_suite(void)
{
    Suite *suite = suite_create("soak-crashes");
    TCase *crashes = tcase_create("soak-crashes");
    suite_add_tcase(suite, crashes);
    tcase_set_timeout(crashes, 1000);
    tcase_add_test(crashes, every_session_is_resumed_after_200_crashes);
    return suite;
}
