/* Clients that vanish without a word. */
#include "test/faults/vanish_trial.h"
#include "test/suites.h"

START_TEST(the_places_of_vanished_clients_are_free)
{
    vanish_trial();
}
END_TEST

Suite *vanished_suite(void)
{
    Suite *suite = suite_create("vanished");
    TCase *vanished = tcase_create("vanished");
    suite_add_tcase(suite, vanished);
    tcase_set_timeout(vanished, 120);
    tcase_add_unchecked_fixture(vanished, vanish_set_up, vanish_tear_down);
    tcase_add_test(vanished, the_places_of_vanished_clients_are_free);
    return suite;
}
