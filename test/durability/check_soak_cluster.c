/* Three servers and three members of etcd, in the long form, with figures. */
#include "test/durability/claim_trial.h"
#include "test/durability/etcd_fault_trial.h"
#include "test/durability/restart_trial.h"
#include "test/durability/schedule_trial.h"
#include "test/durability/start_trial.h"
#include "test/durability/trial_cluster.h"
#include "test/durability/witness_trial.h"
#include "test/faults/guest.h"
#include "test/suites.h"

#include <stdint.h>
#include <stdio.h>

enum { RESUME_MS = 2000, STREAMS = 1000, TIMEOUT_S = 900, FAULTS_S = 60, FAULTS_STREAMS = 300 };

START_TEST(servers_killed_and_restarted)
{
    const struct restart_settings settings = {.streams = STREAMS,
                                              .seconds = 30,
                                              .kills = true,
                                              .falls = true,
                                              .rolls = true,
                                              .resume_ms = RESUME_MS,
                                              .interval = "1s"};
    restart_trial(&settings);
}
END_TEST

START_TEST(servers_killed_and_gone)
{
    const struct restart_settings settings = {.streams = STREAMS,
                                              .seconds = 40,
                                              .kills = true,
                                              .moves = true,
                                              .resume_ms = TRIAL_DEATH_MS + RESUME_MS,
                                              .interval = "1s"};
    restart_trial(&settings);
}
END_TEST

/* 10,000 streams need more than a second to resume: only the proof is asked for. */
START_TEST(ten_thousand_streams_outlive_a_rolling_restart)
{
    const struct restart_settings settings = {
        .streams = 10000, .seconds = 60, .rolls = true, .resume_ms = 20000, .interval = "1s"};
    restart_trial(&settings);
}
END_TEST

START_TEST(etcd_fails_under_load)
{
    enum etcd_fault fault = (enum etcd_fault)_i;
    if (etcd_fault_is_possible(fault)) {
        etcd_fault_trial(fault, STREAMS);
    } else {
        printf(
            "  skipped: this kernel cannot let a disk stand still (seccomp's user notification)\n");
    }
}
END_TEST

START_TEST(random_faults_for_a_minute)
{
    schedule_trial(schedule_seed(), FAULTS_S, FAULTS_STREAMS);
}
END_TEST

/* The seeds of schedules that a store has failed under. */
static const uint64_t seeds[] = {4196251333};
enum { SEEDS = sizeof seeds / sizeof *seeds };

START_TEST(faults_that_once_lost_something)
{
    schedule_trial(seeds[_i], FAULTS_S, FAULTS_STREAMS);
}
END_TEST

START_TEST(sessions_start_at_three_servers)
{
    start_trial(10);
}
END_TEST

START_TEST(a_hundred_stopped_servers_send_nothing_more)
{
    witness_trial(10, 10);
}
END_TEST

START_TEST(one_of_a_hundred_goes_on_two_hundred_times)
{
    claim_trial(200);
}
END_TEST

/* A kind of trial, to be run alone by CK_RUN_CASE=NAME. */
static TCase *create_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, TIMEOUT_S);
    tcase_add_unchecked_fixture(tcase, trial_cluster_set_up, trial_cluster_tear_down);
    return tcase;
}

Suite *soak_cluster_suite(void)
{
    Suite *suite = suite_create("soak-cluster");
    TCase *restarts = create_case(suite, "restarts");
    if (!etcd_cluster_is_here(restarts)) {
        return suite;
    }
    tcase_add_test(restarts, servers_killed_and_restarted);
    tcase_add_test(restarts, servers_killed_and_gone);
    tcase_add_test(restarts, ten_thousand_streams_outlive_a_rolling_restart);
    tcase_add_loop_test(create_case(suite, "etcd"), etcd_fails_under_load, ETCD_KILLED,
                        ETCD_EMPTIED + 1);
    tcase_add_test(create_case(suite, "random"), random_faults_for_a_minute);
    tcase_add_loop_test(create_case(suite, "seeds"), faults_that_once_lost_something, 0, SEEDS);
    tcase_add_test(create_case(suite, "starts"), sessions_start_at_three_servers);
    TCase *guests = create_case(suite, "guests");
    tcase_add_checked_fixture(guests, guests_set_up, guests_tear_down);
    tcase_add_test(guests, a_hundred_stopped_servers_send_nothing_more);
    tcase_add_test(guests, one_of_a_hundred_goes_on_two_hundred_times);
    return suite;
}
