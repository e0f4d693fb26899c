/* Three servers and three members of etcd, in the short form (check_soak_cluster.c has the long
 * one). */
#include "test/durability/claim_trial.h"
#include "test/durability/etcd_fault_trial.h"
#include "test/durability/restart_trial.h"
#include "test/durability/schedule_trial.h"
#include "test/durability/trial_cluster.h"
#include "test/durability/witness_trial.h"
#include "test/faults/guest.h"
#include "test/suites.h"

START_TEST(servers_that_die_or_restart_cost_a_resume)
{
    const struct restart_settings settings = {.streams = 200,
                                              .seconds = 6,
                                              .kills = true,
                                              .rolls = true,
                                              .resume_ms = 2000,
                                              .interval = "250ms"};
    restart_trial(&settings);
}
END_TEST

START_TEST(live_streams_outlive_the_leader_of_etcd)
{
    etcd_fault_trial(ETCD_KILLED, 100);
}
END_TEST

START_TEST(an_emptied_etcd_is_told)
{
    etcd_fault_trial(ETCD_EMPTIED, 100);
}
END_TEST

START_TEST(random_faults_lose_nothing)
{
    schedule_trial(schedule_seed(), 10, 100);
}
END_TEST

START_TEST(a_stopped_server_sends_nothing_more)
{
    witness_trial(1, 3);
}
END_TEST

START_TEST(one_of_a_hundred_goes_on_at_three_servers)
{
    claim_trial(10);
}
END_TEST

Suite *cluster_suite(void)
{
    Suite *suite = suite_create("cluster");
    TCase *programs = tcase_create("programs");
    suite_add_tcase(suite, programs);
    tcase_set_timeout(programs, 120);
    tcase_add_unchecked_fixture(programs, trial_cluster_set_up, trial_cluster_tear_down);
    if (!etcd_cluster_is_here(programs)) {
        return suite;
    }
    tcase_add_test(programs, servers_that_die_or_restart_cost_a_resume);
    tcase_add_test(programs, live_streams_outlive_the_leader_of_etcd);
    tcase_add_test(programs, an_emptied_etcd_is_told);
    tcase_add_test(programs, random_faults_lose_nothing);
    TCase *guests = tcase_create("guests");
    suite_add_tcase(suite, guests);
    tcase_set_timeout(guests, 120);
    tcase_add_unchecked_fixture(guests, trial_cluster_set_up, trial_cluster_tear_down);
    tcase_add_checked_fixture(guests, guests_set_up, guests_tear_down);
    tcase_add_test(guests, a_stopped_server_sends_nothing_more);
    tcase_add_test(guests, one_of_a_hundred_goes_on_at_three_servers);
    return suite;
}
