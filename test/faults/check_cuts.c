/* Connections that are cut, in the short form (check_soak_sessions.c has the long one). */
#include "test/faults/cut_trial.h"
#include "test/suites.h"

START_TEST(every_number_comes_once_through_cuts)
{
    cut_trial(200);
}
END_TEST

Suite *cuts_suite(void)
{
    Suite *suite = suite_create("cuts");
    TCase *cuts = tcase_create("cuts");
    suite_add_tcase(suite, cuts);
    tcase_set_timeout(cuts, 120);
    tcase_add_test(cuts, every_number_comes_once_through_cuts);
    return suite;
}
