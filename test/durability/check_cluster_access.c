/*
 * Who may speak with etcd: servers with TLS, with a certificate of their own, with a user and a
 * password; and those that etcd does not let in.
 */
#include "test/durability/trial_cluster.h"
#include "test/kit/certificates.h"
#include "test/kit/instrument.h"
#include "test/kit/known_session.h"
#include "test/suites.h"

#include <check.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SERVERS = 2, OPTIONS = 12, TRIES = 5 };

static struct certificates certificates;
static struct etcd_cluster etcd;
static char place[ETCD_CLUSTER_PLACE_SIZE];
static char other_place[ETCD_CLUSTER_PLACE_SIZE]; /* whose prefix is not the user's */
static char ca[CERTIFICATES_PATH_SIZE];
static char other_ca[CERTIFICATES_PATH_SIZE];
static char certificate[CERTIFICATES_PATH_SIZE];
static char key[CERTIFICATES_PATH_SIZE];
static char password[CERTIFICATES_PATH_SIZE];
static char wrong_password[CERTIFICATES_PATH_SIZE];

static void set_up(void)
{
    certificates_make(&certificates);
    (void)certificates_path(&certificates, "ca.pem", ca);
    (void)certificates_path(&certificates, "other-ca.pem", other_ca);
    (void)certificates_path(&certificates, "client.pem", certificate);
    (void)certificates_path(&certificates, "client.key", key);
    (void)certificates_path(&certificates, "password", password);
    (void)certificates_path(&certificates, "wrong-password", wrong_password);
    certificates_write(&certificates, "password", ETCD_CLUSTER_PASSWORD "\n");
    certificates_write(&certificates, "wrong-password", "open barley\n");
    const struct etcd_cluster_settings settings = {
        .members = 1, .user_prefix = TRIAL_PREFIX "/", .certificates = &certificates};
    etcd_cluster_start(&etcd, &settings);
    etcd_cluster_place(&etcd, TRIAL_PREFIX, place);
    etcd_cluster_place(&etcd, "other" TRIAL_PREFIX, other_place);
}

static void tear_down(void)
{
    etcd_cluster_end(&etcd);
    certificates_remove(&certificates);
}

#define STORE_OPTIONS                                                                              \
    "--store-ca", ca, "--store-cert", certificate, "--store-key", key, "--store-user",             \
        ETCD_CLUSTER_USER, "--store-password-file", password

START_TEST(servers_speak_tls_and_log_in)
{
    const char *const options[] = {STORE_OPTIONS, NULL};
    const struct server_cluster_settings settings = {.servers = SERVERS,
                                                     .store = place,
                                                     .interval = "50ms",
                                                     .has_front = true,
                                                     .options = options};
    struct server_cluster servers;
    server_cluster_start(&servers, &settings);
    struct program *client =
        client_start(servers.front_port, "-m", "stateful", "-s", "10", "-n", "20", "--interval",
                     "50ms", "--chaos", "cut=300ms", "--quiet", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    ck_assert_uint_ge(etcd_cluster_count(&etcd, TRIAL_PREFIX "/s/"), 1);
    program_destroy(client);
    server_cluster_end(&servers);
}
END_TEST

/* A client of the session that the original client starts, with this certificate. */
static struct program *start_guest(unsigned port, const char *name, const char *mode,
                                   const char *last)
{
    char files[2][CERTIFICATES_PATH_SIZE];
    char file[2][32];
    snprintf(file[0], sizeof file[0], "%s.pem", name);
    snprintf(file[1], sizeof file[1], "%s.key", name);
    return client_start(port, "-m", mode, "--tls-ca", ca, "--tls-cert",
                        certificates_path(&certificates, file[0], files[0]), "--tls-key",
                        certificates_path(&certificates, file[1], files[1]), "--interval", "500ms",
                        last, NULL);
}

START_TEST(a_session_belongs_to_its_client_at_every_server)
{
    char server_files[2][CERTIFICATES_PATH_SIZE];
    char last[16];
    const struct certificate other = {.name = "other", .authority = "ca", .subject = "other"};
    certificates_issue(&certificates, &other);
    const char *const options[] = {STORE_OPTIONS,
                                   "--tls-cert",
                                   certificates_path(&certificates, "server.pem", server_files[0]),
                                   "--tls-key",
                                   certificates_path(&certificates, "server.key", server_files[1]),
                                   "--tls-client-ca",
                                   ca,
                                   NULL};
    const struct server_cluster_settings settings = {
        .servers = SERVERS, .store = place, .interval = "500ms", .options = options};
    struct server_cluster servers;
    server_cluster_start(&servers, &settings);
    struct program *first = start_guest(servers.servers[0].port, "client", "stateful-test", NULL);
    (void)program_wait_line(first, PROGRAM_STDOUT, "Count: 2");
    program_destroy(first);
    snprintf(last, sizeof last, "%" PRIu64, known_messages[1]);
    struct program *thief =
        start_guest(servers.servers[1].port, "other", "stateful-test-reconnect", last);
    instrument_expect_status(thief, INSTRUMENT_REFUSED);
    instrument_expect_text(thief, PROGRAM_STDERR, "session belongs to another client");
    struct program *second =
        start_guest(servers.servers[1].port, "client", "stateful-test-reconnect", last);
    instrument_expect_status(second, INSTRUMENT_PROVEN);
    program_destroy(thief);
    program_destroy(second);
    server_cluster_end(&servers);
}
END_TEST

/* What a server has that etcd does not let in, and what its log says of it. */
static const struct stranger {
    const char *options[OPTIONS];
    const char *reason;
} strangers[] = {
    {{"--store-ca", other_ca, "--store-cert", certificate, "--store-key", key, NULL},
     "certificate"},
    /* With TLS 1.3 a client learns only that the other side hangs up. */
    {{"--store-ca", ca, NULL}, "reason=\"failed to connect"},
    {{"--store-ca", ca, "--store-cert", certificate, "--store-key", key, "--store-user",
      ETCD_CLUSTER_USER, "--store-password-file", wrong_password},
     "password"},
    /* They may log in, or need not, and etcd would take what is nested in a transaction. */
    {{"--store-ca", ca, "--store-cert", certificate, "--store-key", key, NULL}, "denied"},
    {{"--store", other_place, STORE_OPTIONS}, "permission denied"},
};
enum { STRANGERS = sizeof strangers / sizeof *strangers };

/* The first reason that a server's log has of etcd. It has the next one a minute later. */
static const char *first_reason(struct program *server)
{
    const char *line;
    do {
        line = program_wait_line(server, PROGRAM_STDERR, "reason=");
    } while (strstr(line, "stream refused") != NULL);
    return line;
}

/* False: the machine was too slow for the server's first call of etcd, and that is what it says. */
static bool is_told_why(const char *const *options, const char *reason)
{
    struct server server = server_start_array("stateful", 0, options);
    struct program *client =
        client_start(server.port, "-m", "stateful", "-n", "2", "--retry-timeout", "0", NULL);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    instrument_expect_text(client, PROGRAM_STDERR, "session store is not available");
    const char *line = first_reason(server.program);
    const bool is_told = strstr(line, reason) != NULL;
    ck_assert_msg(is_told || strstr(line, "Deadline Exceeded") != NULL, "%s", line);
    program_destroy(client);
    server_stop(&server);
    return is_told;
}

START_TEST(strangers_are_told_why)
{
    const struct stranger *stranger = &strangers[_i];
    const char *options[OPTIONS + 3] = {"--store", place};
    int tries = 0;
    /* C core may leave a handshake behind that was under way when the server ended. */
    ck_assert_int_eq(setenv("LSAN_OPTIONS", "detect_leaks=0", 1), 0);
    for (size_t i = 0; i < OPTIONS && stranger->options[i] != NULL; i++) {
        options[2 + i] = stranger->options[i];
    }
    while (!is_told_why(options, stranger->reason)) {
        ck_assert_int_lt(++tries, TRIES);
    }
}
END_TEST

/* It could not give its session away, and says so. */
START_TEST(a_stop_without_etcd_is_told)
{
    const char *const options[] = {"--store", place, STORE_OPTIONS, NULL};
    struct server server = server_start_array("stateful", 0, options);
    struct program *client =
        client_start(server.port, "-m", "stateful", "-n", "60", "--retry-timeout", "0", NULL);
    (void)program_wait_line(client, PROGRAM_STDOUT, "Count: 1");
    etcd_cluster_stop(&etcd, 0);
    program_signal(server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    etcd_cluster_go_on(&etcd, 0);
    const char *closed = strstr(program_output(server.program, PROGRAM_STDERR), "store closed");
    ck_assert_ptr_nonnull(closed);
    ck_assert_msg(strstr(closed, "unwritten=0") == NULL, "%s", closed);
    ck_assert_msg(strstr(closed, "effect=\"its sessions go on elsewhere") != NULL, "%s", closed);
    program_destroy(client);
    program_destroy(server.program);
}
END_TEST

static void expect_refused(const struct server *server)
{
    struct program *client =
        client_start(server->port, "-m", "stateful", "-n", "2", "--retry-timeout", "0", NULL);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    program_destroy(client);
}

/* A certificate and a password that are replaced on disk come into use without a restart. */
START_TEST(renewed_files_are_read_again)
{
    char own_certificate[CERTIFICATES_PATH_SIZE];
    char own_key[CERTIFICATES_PATH_SIZE];
    char own_password[CERTIFICATES_PATH_SIZE];
    const struct certificate own = {.name = "own", .authority = "other-ca", .subject = "own"};
    certificates_issue(&certificates, &own);
    certificates_write(&certificates, "own-password", "open barley\n");
    ck_assert_int_eq(chmod(certificates_path(&certificates, "own-password", own_password), 0644),
                     0);
    const char *const options[] = {"--store",
                                   place,
                                   "--store-ca",
                                   ca,
                                   "--store-cert",
                                   certificates_path(&certificates, "own.pem", own_certificate),
                                   "--store-key",
                                   certificates_path(&certificates, "own.key", own_key),
                                   "--store-user",
                                   ETCD_CLUSTER_USER,
                                   "--store-password-file",
                                   own_password,
                                   NULL};
    struct server server = server_start_array("stateful", 0, options);
    (void)program_wait_line(server.program, PROGRAM_STDERR, "password with a flaw");
    expect_refused(&server);
    certificates_copy(&certificates, "client.key", "own.key");
    certificates_copy(&certificates, "client.pem", "own.pem");
    const char *line = program_wait_line(server.program, PROGRAM_STDERR, "credentials renewed");
    ck_assert_msg(strstr(line, "own.pem") != NULL && strstr(line, "password=") == NULL, "%s", line);
    expect_refused(&server);
    certificates_write(&certificates, "own-password", ETCD_CLUSTER_PASSWORD "\n");
    line = program_wait_line(server.program, PROGRAM_STDERR, "credentials renewed");
    ck_assert_msg(strstr(line, "own.pem") == NULL && strstr(line, "password=") != NULL, "%s", line);
    struct program *client = client_start(server.port, "-m", "stateful", "-n", "2", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

Suite *cluster_access_suite(void)
{
    Suite *suite = suite_create("cluster-access");
    TCase *tcase = tcase_create("cluster-access");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    tcase_add_unchecked_fixture(tcase, trial_cluster_set_up, trial_cluster_tear_down);
    if (etcd_cluster_is_here(tcase)) {
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, servers_speak_tls_and_log_in);
        tcase_add_test(tcase, a_session_belongs_to_its_client_at_every_server);
        tcase_add_test(tcase, a_stop_without_etcd_is_told);
        tcase_add_test(tcase, renewed_files_are_read_again);
        tcase_add_loop_test(tcase, strangers_are_told_why, 0, STRANGERS);
    }
    return suite;
}
