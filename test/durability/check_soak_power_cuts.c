/* The power is cut, in the long form. */
#include "test/durability/power_cut_trial.h"
#include "test/durability/store_server.h"
#include "test/suites.h"

#include <unistd.h>

START_TEST(every_answered_session_survives_a_power_cut)
{
    power_cut_trial(20, 500, (unsigned)getpid());
}
END_TEST

Suite *soak_power_cuts_suite(void)
{
    Suite *suite = suite_create("soak-power-cuts");
    TCase *cuts = tcase_create("soak-power-cuts");
    suite_add_tcase(suite, cuts);
    tcase_set_timeout(cuts, 1000);
    if (store_server_has_disk()) {
        tcase_add_test(cuts, every_answered_session_survives_a_power_cut);
    }
    return suite;
}
