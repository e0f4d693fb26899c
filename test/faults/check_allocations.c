/* Allocations that fail, one at each place (check_soak_sessions.c has all of them). */
#include "test/faults/allocation_trial.h"
#include "test/faults/guest.h"
#include "test/suites.h"

START_TEST(the_server_outlives_each_allocation)
{
    allocation_trial_of_server(EACH_PLACE);
}
END_TEST

START_TEST(the_client_ends_clearly_without_each_allocation)
{
    allocation_trial_of_client(EACH_PLACE);
}
END_TEST

Suite *allocations_suite(void)
{
    Suite *suite = suite_create("allocations");
    TCase *server = tcase_create("server");
    suite_add_tcase(suite, server);
    tcase_set_timeout(server, 120);
    tcase_add_checked_fixture(server, guests_set_up, guests_tear_down);
    tcase_add_test(server, the_server_outlives_each_allocation);

    TCase *client = tcase_create("client");
    suite_add_tcase(suite, client);
    tcase_set_timeout(client, 120);
    tcase_add_test(client, the_client_ends_clearly_without_each_allocation);
    return suite;
}
