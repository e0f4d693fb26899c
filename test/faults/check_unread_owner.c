/* Sessions whose owner reads nothing, when a hundred others want them. */
#include "test/faults/guest.h"
#include "test/faults/unread_owner_trial.h"
#include "test/suites.h"

START_TEST(one_goes_on_though_the_owner_reads_nothing)
{
    unread_owner_trial((enum unread_owner)_i);
}
END_TEST

Suite *unread_owner_suite(void)
{
    Suite *suite = suite_create("unread-owner");
    TCase *owners = tcase_create("owners");
    suite_add_tcase(suite, owners);
    tcase_set_timeout(owners, 120);
    tcase_add_checked_fixture(owners, guests_set_up, guests_tear_down);
    tcase_add_loop_test(owners, one_goes_on_though_the_owner_reads_nothing, OWNER_WITHOUT_WINDOW,
                        OWNER_STOPPED + 1);
    return suite;
}
