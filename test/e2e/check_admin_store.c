/* What the admin port says of the store, while it works and while it does not; and that the port is
 * closed before the store is. */
#include "test/durability/store_server.h"
#include "test/kit/metrics_page.h"
#include "test/suites.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct store_server store;
static uint16_t admin;

static void set_up(void)
{
    store_server_make(&store);
    store_server_start(&store, "--admin", "127.0.0.1:0", "--interval", "0", NULL);
    admin = metrics_page_port(store.server.program);
}

static void tear_down(void)
{
    store_server_remove(&store);
}

static int run_session(uint16_t port)
{
    struct program *client =
        client_start(port, "-m", "stateful", "-n", "1", "--retry-timeout", "0", NULL);
    const int status = program_wait_exit(client);
    program_destroy(client);
    return status;
}

START_TEST(a_write_is_counted_and_timed)
{
    ck_assert_double_eq(metrics_page_read(admin, "comms_store_writes_total"), 0);
    ck_assert_double_eq(metrics_page_read(admin, "comms_store_latency_seconds_count"), 0);
    ck_assert_int_eq(run_session(store.server.port), 0);
    ck_assert_double_ge(metrics_page_read(admin, "comms_store_writes_total"), 1);
    ck_assert_double_ge(metrics_page_read(admin, "comms_store_latency_seconds_count"), 1);
    ck_assert_double_gt(metrics_page_read(admin, "comms_store_latency_seconds_sum"), 0);
    ck_assert_double_eq(metrics_page_read(admin, "comms_store_state{state=\"ok\"}"), 1);
    ck_assert_double_eq(metrics_page_read(admin, "comms_store_refusals_total"), 0);
    server_stop(&store.server);
}
END_TEST

static const struct {
    int error;
    const char *state;
    const char *failure;
} rows[] = {{ENOSPC, "full", "session_store_is_full"},
            {EIO, "failing", "session_store_is_not_available"}};

START_TEST(a_disk_that_fails_shows)
{
    char state[64];
    char failure[96];
    snprintf(state, sizeof state, "comms_store_state{state=\"%s\"}", rows[_i].state);
    snprintf(failure, sizeof failure, "comms_streams_failed_total{error=\"%s\"}", rows[_i].failure);
    store_server_rule(&store, rows[_i].error, false);
    ck_assert_int_ne(run_session(store.server.port), 0);
    ck_assert_double_eq(metrics_page_read(admin, state), 1);
    ck_assert_double_eq(metrics_page_read(admin, "comms_store_state{state=\"ok\"}"), 0);
    ck_assert_double_eq(metrics_page_read(admin, "comms_store_refusals_total"), 1);
    metrics_page_await(admin, failure, 1);
    store_server_rule(&store, 0, false);
    program_wait_line(store.server.program, PROGRAM_STDERR, "store works again");
    ck_assert_double_eq(metrics_page_read(admin, state), 0);
    ck_assert_double_eq(metrics_page_read(admin, "comms_store_state{state=\"ok\"}"), 1);
    server_stop(&store.server);
}
END_TEST

START_TEST(an_etcd_that_is_away_shows)
{
    char folder[SCRATCH_FOLDER_SIZE];
    char state[SCRATCH_FOLDER_SIZE + 8];
    scratch_folder_make(folder, "comms-admin-store");
    snprintf(state, sizeof state, "%s/state", folder);
    struct server server = server_start("stateful", "--admin", "127.0.0.1:0", "--store",
                                        "etcd://127.0.0.1:1/comms", "--store-state", state, NULL);
    const uint16_t port = metrics_page_port(server.program);
    metrics_page_await(port, "comms_store_state{state=\"failing\"}", 1);
    ck_assert_double_eq(metrics_page_read(port, "comms_serving{service=\"store\"}"), 0);
    ck_assert_double_eq(metrics_page_read(port, "comms_serving{service=\"\"}"), 1);
    ck_assert_int_ne(run_session(server.port), 0);
    ck_assert_double_eq(metrics_page_read(port, "comms_store_refusals_total"), 1);
    ck_assert_double_eq(metrics_page_read(port, "comms_store_latency_seconds_count"), 0);
    server_stop(&server);
    scratch_folder_remove(folder);
}
END_TEST

/*
 * The port reads what the stop frees afterwards. A disk that hangs holds the stop up behind it, and
 * works again as soon as the port is closed: so the store closes in order. If the port were open
 * until the end, the store would have been left behind by then.
 */
START_TEST(the_port_closes_before_the_store)
{
    store_server_rule(&store, 0, true);
    program_signal(store.server.program, SIGTERM);
    while (metrics_page_is_open(admin)) {
        (void)sched_yield();
    }
    store_server_rule(&store, 0, false);
    ck_assert_int_eq(program_wait_exit(store.server.program), 0);
    const char *log = program_output(store.server.program, PROGRAM_STDERR);
    ck_assert_msg(strstr(log, "notice store closed") != NULL, "%s", log);
    program_destroy(store.server.program);
}
END_TEST

Suite *admin_store_suite(void)
{
    Suite *suite = suite_create("admin-store");
    TCase *files = tcase_create("files");
    TCase *etcd = tcase_create("etcd");
    suite_add_tcase(suite, files);
    suite_add_tcase(suite, etcd);
    tcase_set_timeout(files, 60);
    tcase_set_timeout(etcd, 60);
    tcase_add_checked_fixture(files, set_up, tear_down);
    tcase_add_test(files, a_write_is_counted_and_timed);
    if (store_server_has_disk()) {
        tcase_add_loop_test(files, a_disk_that_fails_shows, 0, sizeof rows / sizeof rows[0]);
        tcase_add_test(files, the_port_closes_before_the_store);
    }
    tcase_add_test(etcd, an_etcd_that_is_away_shows);
    return suite;
}
