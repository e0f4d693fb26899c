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

enum { TIMEOUT_S = 300, FAULTS_S = 10 };

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
    schedule_trial(schedule_seed(), FAULTS_S, 100);
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

/* A suite for each kind, since suites run side by side, and these wait most of the time. */
static TCase *create_case(Suite *suite)
{
    TCase *tcase = tcase_create("cluster");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, TIMEOUT_S);
    tcase_add_unchecked_fixture(tcase, trial_cluster_set_up, trial_cluster_tear_down);
    return tcase;
}

Suite *cluster_restarts_suite(void)
{
    Suite *suite = suite_create("cluster-restarts");
    TCase *tcase = create_case(suite);
    if (etcd_cluster_is_here(tcase)) {
        tcase_add_test(tcase, servers_that_die_or_restart_cost_a_resume);
        tcase_add_test(tcase, live_streams_outlive_the_leader_of_etcd);
        tcase_add_test(tcase, an_emptied_etcd_is_told);
    }
    return suite;
}

Suite *cluster_faults_suite(void)
{
    Suite *suite = suite_create("cluster-faults");
    TCase *tcase = create_case(suite);
    if (etcd_cluster_is_here(tcase)) {
        tcase_add_test(tcase, random_faults_lose_nothing);
    }
    return suite;
}

Suite *cluster_witness_suite(void)
{
    Suite *suite = suite_create("cluster-witness");
    TCase *tcase = create_case(suite);
    if (etcd_cluster_is_here(tcase)) {
        tcase_add_checked_fixture(tcase, guests_set_up, guests_tear_down);
        tcase_add_test(tcase, a_stopped_server_sends_nothing_more);
        tcase_add_test(tcase, one_of_a_hundred_goes_on_at_three_servers);
    }
    return suite;
}
