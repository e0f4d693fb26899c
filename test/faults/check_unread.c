/* Clients that stop reading: they end, others are served, and the server ends when it is asked. */
#include "test/faults/unread_trial.h"
#include "test/suites.h"

#include <check.h>

enum { CLIENTS = 30, SHORT_MS = 1000, LONG_MS = 60000, DRAIN_MS = 100 };

START_TEST(clients_that_stop_reading_are_ended)
{
    struct unread_trial *trial = unread_trial_create(CLIENTS, SHORT_MS, DRAIN_MS);
    const struct bystander_delays alone = bystander_baseline("127.0.0.1", unread_trial_port(trial));
    struct bystander bystander;
    bystander_start(&bystander, "127.0.0.1", unread_trial_port(trial));
    unread_trial_begin(trial);
    unread_trial_expect_ends(trial);
    unread_trial_expect_service(trial, alone, bystander_stop(&bystander, "unread"));
    unread_trial_destroy(trial);
}
END_TEST

START_TEST(clients_that_stop_reading_keep_no_server_from_its_end)
{
    struct unread_trial *trial = unread_trial_create(CLIENTS, LONG_MS, DRAIN_MS);
    unread_trial_begin(trial);
    unread_trial_expect_stop(trial);
    unread_trial_destroy(trial);
}
END_TEST

Suite *unread_suite(void)
{
    Suite *suite = suite_create("unread");
    TCase *tcase = tcase_create("unread");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, clients_that_stop_reading_are_ended);
    tcase_add_test(tcase, clients_that_stop_reading_keep_no_server_from_its_end);
    return suite;
}
