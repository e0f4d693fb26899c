/* An hour of mixed load with cuts (`make soak HOURS=1`), or two minutes of it. */
#include "test/faults/load_trial.h"
#include "test/suites.h"

#include <stdlib.h>

enum { ENDING_S = 300 };

/* It exits by itself: Check cannot send the parent a duration of more than 35 minutes. */
START_TEST(nothing_grows_under_a_mixed_load)
{
    load_trial(load_trial_seconds());
    exit(EXIT_SUCCESS); /* NOLINT(concurrency-mt-unsafe): no other thread is left */
}
END_TEST

Suite *soak_load_suite(void)
{
    Suite *suite = suite_create("soak-load");
    TCase *load = tcase_create("load");
    suite_add_tcase(suite, load);
    tcase_set_timeout(load, load_trial_seconds() + ENDING_S);
    tcase_add_exit_test(load, nothing_grows_under_a_mixed_load, EXIT_SUCCESS);
    return suite;
}
