/* haproxy with the configuration of the example in server/stores/README.md: three servers, which
 * share their sessions through three members of etcd, are restarted one after the other, or one is
 * stopped. */
#include "test/durability/trial_cluster.h"
#include "test/kit/certificates.h"
#include "test/kit/instrument.h"
#include "test/kit/loopback.h"
#include "test/suites.h"

#include <check.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SERVERS = 3, VARIABLE_SIZE = CERTIFICATES_PATH_SIZE + 32, NUMBERS_MAX = 1000, TRIES = 3 };

static struct certificates certificates;
static struct trial_cluster cluster;
static struct program *front;
static uint16_t port;
static char ca[CERTIFICATES_PATH_SIZE];

static void start_front(void)
{
    static const char *const arguments[] = {"-db", "-f", "server/haproxy-cluster.cfg", NULL};
    char bundle[CERTIFICATES_PATH_SIZE];
    char variables[2 + SERVERS][VARIABLE_SIZE];
    const char *environment[2 + SERVERS + 1] = {NULL};
    int descriptor = loopback_listen(0, 0, &port);
    ck_assert_int_ge(descriptor, 0);
    certificates_append(&certificates, "server.key", "server.pem");
    snprintf(variables[0], VARIABLE_SIZE, "COMMS_BIND=fd@%d", descriptor);
    snprintf(variables[1], VARIABLE_SIZE, "COMMS_CERTIFICATE=%s",
             certificates_path(&certificates, "server.pem", bundle));
    for (size_t i = 0; i < SERVERS; i++) {
        snprintf(variables[2 + i], VARIABLE_SIZE, "COMMS_SERVER_%zu=127.0.0.1:%u", i + 1,
                 cluster.servers.servers[i].port);
    }
    for (size_t i = 0; i < 2 + SERVERS; i++) {
        environment[i] = variables[i];
    }
    const struct program_spec spec = {
        .path = programs_haproxy_path(), .arguments = arguments, .environment = environment};
    front = program_start_spec(&spec);
    close(descriptor);
}

static void set_up(void)
{
    const struct trial_cluster_settings settings = {.interval = "50ms"};
    certificates_make(&certificates);
    (void)certificates_path(&certificates, "ca.pem", ca);
    trial_cluster_start(&cluster, &settings);
    start_front();
}

static void tear_down(void)
{
    program_signal(front, SIGTERM);
    (void)program_wait_exit(front);
    program_destroy(front);
    trial_cluster_end(&cluster);
    certificates_remove(&certificates);
}

/* False: the sessions were over before. */
static bool restart_each(struct program *client)
{
    for (size_t i = 0; i < SERVERS; i++) {
        if (program_await_line(client, PROGRAM_STDOUT, "   50         0") == NULL) {
            return false;
        }
        server_cluster_terminate(&cluster.servers, i);
        server_cluster_restart(&cluster.servers, i, false);
    }
    return true;
}

/* Sessions that are too short for a machine that has much else to do are done again, and longer. */
START_TEST(a_rolling_restart_costs_a_resume)
{
    bool are_restarted = false;
    for (int numbers = 60; !are_restarted; numbers *= 2) {
        char n[16];
        ck_assert_int_le(numbers, NUMBERS_MAX);
        snprintf(n, sizeof n, "%d", numbers);
        struct program *client =
            client_start(port, "-m", "stateful", "-s", "50", "-c", "2", "-n", n, "--interval",
                         "50ms", "--tls-ca", ca, "--report-every", "200ms", NULL);
        are_restarted = restart_each(client);
        instrument_expect_status(client, INSTRUMENT_PROVEN);
        instrument_expect_verdict(client, "PROVEN: 50 ");
        program_destroy(client);
    }
}
END_TEST

/* Whether haproxy has ever found one of the servers that go on to be down: on a machine that has
 * much else to do a server's answer to a check may take too long. */
static bool has_missed_another(void)
{
    const char *log = program_output(front, PROGRAM_STDERR);
    return strstr(log, "Server servers/comms-2 is DOWN") != NULL ||
           strstr(log, "Server servers/comms-3 is DOWN") != NULL;
}

/* The kernel takes connections for a process that is stopped: haproxy has to notice it otherwise.
 */
START_TEST(a_stopped_server_gets_no_streams)
{
    int status = -1;
    server_cluster_stop(&cluster.servers, 0);
    (void)program_wait_line(front, PROGRAM_STDERR, "Server servers/comms-1 is DOWN");
    for (int tries = 0; tries < TRIES && status != INSTRUMENT_PROVEN; tries++) {
        struct program *client = client_start(port, "-m", "stateful", "-s", "9", "-n", "5",
                                              "--interval", "50ms", "--retry-timeout", "0",
                                              "--tls-ca", ca, "--fail-on", "first_max>10s", NULL);
        status = program_wait_exit(client);
        if (status != INSTRUMENT_PROVEN && !has_missed_another()) {
            instrument_expect_status(client, INSTRUMENT_PROVEN);
        }
        program_destroy(client);
    }
    ck_assert_int_eq(status, INSTRUMENT_PROVEN);
    server_cluster_go_on(&cluster.servers, 0);
    (void)program_wait_line(front, PROGRAM_STDERR, "Server servers/comms-1 is UP");
}
END_TEST

Suite *front_cluster_suite(void)
{
    Suite *suite = suite_create("front-cluster");
    TCase *tcase = tcase_create("front-cluster");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    tcase_add_unchecked_fixture(tcase, trial_cluster_set_up, trial_cluster_tear_down);
    if (etcd_cluster_is_here(tcase)) {
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, a_rolling_restart_costs_a_resume);
        tcase_add_test(tcase, a_stopped_server_gets_no_streams);
    }
    return suite;
}
