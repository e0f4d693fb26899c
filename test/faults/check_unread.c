/* Clients that stop reading: they end, others are served, and the server ends when it is asked. */
#include "test/faults/unread_trial.h"
#include "test/suites.h"

#include <check.h>

enum { CLIENTS = 30, SHORT_MS = 1000, LONG_MS = 60000, DRAIN_MS = 100 };

START_TEST(clients_that_stop_reading_are_ended)
{
    unread_trial_of_ends(CLIENTS, SHORT_MS, DRAIN_MS);
}
END_TEST

START_TEST(clients_that_stop_reading_keep_no_server_from_its_end)
{
    unread_trial_of_stop(CLIENTS, LONG_MS, DRAIN_MS);
}
END_TEST

Suite *unread_suite(void)
{
    Suite *suite = suite_create("unread");
    TCase *tcase = tcase_create("unread");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, clients_that_stop_reading_are_ended);
    tcase_add_test(tcase, clients_that_stop_reading_keep_no_server_from_its_end);
    return suite;
}
