/* The disk fails while the server runs: STARTs are refused, live streams go on, and it ends. */
#include "test/durability/store_server.h"
#include "test/suites.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct store_server store;

static void set_up(void)
{
    store_server_make(&store);
    store_server_start(&store, "--interval", "20ms", "--log-level", "notice", NULL);
}

static void tear_down(void)
{
    store_server_remove(&store);
}

/* A client that lives until the trouble is over, and has its first number. */
static struct program *start_live(void)
{
    struct program *client = client_start(store.server.port, "-m", "stateful", "-n", "60", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 1");
    return client;
}

static void expect_proven(struct program *client)
{
    program_expect_success(client);
}

/* A client that starts a session is refused, with this text. */
static void expect_refused(const char *text)
{
    struct program *client =
        client_start(store.server.port, "-m", "stateful", "-n", "1", "--retry-timeout", "0", NULL);
    ck_assert_int_ne(program_wait_exit(client), 0);
    const char *said = program_output(client, PROGRAM_STDERR);
    ck_assert_msg(strstr(said, text) != NULL, "%s", said);
    program_destroy(client);
}

static const struct {
    int error;
    const char *status;
    const char *event;
} rows[] = {
    {ENOSPC, "RESOURCE_EXHAUSTED: session store is full: try again later", "store full path="},
    {EDQUOT, "RESOURCE_EXHAUSTED: session store is full: try again later", "store full path="},
    {EIO, "UNAVAILABLE: session store is not available: try again later", "store failing path="},
    {EROFS, "UNAVAILABLE: session store is not available: try again later", "store failing path="},
};

START_TEST(live_streams_go_on_and_all_recovers)
{
    struct program *live = start_live();
    store_server_rule(&store, rows[_i].error, false);
    expect_refused(rows[_i].status);
    expect_refused(rows[_i].status);
    program_wait_line(store.server.program, PROGRAM_STDERR, rows[_i].event);
    store_server_rule(&store, 0, false);
    program_wait_line(store.server.program, PROGRAM_STDERR, "store works again path=");
    expect_proven(client_start(store.server.port, "-m", "stateful", "-n", "1", NULL));
    expect_proven(live);
    program_signal(store.server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(store.server.program), 0);
    const char *log = program_output(store.server.program, PROGRAM_STDERR);
    const char *first = strstr(log, rows[_i].event);
    ck_assert_ptr_null(strstr(first + 1, rows[_i].event)); /* one line */
    ck_assert_ptr_nonnull(strstr(log, "store closed"));
    ck_assert_ptr_null(strstr(log, "effect="));
    program_destroy(store.server.program);
}
END_TEST

/* The sessions are gone from the disk; those in memory go on. */
START_TEST(a_file_that_is_cut_kills_nothing)
{
    struct program *live = start_live();
    ck_assert_int_eq(truncate(store.path, 4096), 0);
    expect_refused("UNAVAILABLE: session store is not available");
    expect_proven(live);
    program_signal(store.server.program, SIGTERM);
    const int status = program_wait_exit(store.server.program);
    ck_assert_msg(status == 0, "it ended with %d\n%s", status,
                  program_output(store.server.program, PROGRAM_STDERR));
    const char *log = program_output(store.server.program, PROGRAM_STDERR);
    ck_assert_ptr_nonnull(strstr(log, "was truncated; start the server anew"));
    ck_assert_ptr_nonnull(strstr(log, "put it back, or its sessions are lost"));
    program_destroy(store.server.program);
}
END_TEST

START_TEST(a_file_that_is_gone_is_told_at_the_end)
{
    struct program *live = start_live();
    ck_assert_int_eq(unlink(store.path), 0);
    expect_refused("UNAVAILABLE: session store is not available");
    expect_proven(live);
    program_signal(store.server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(store.server.program), 0);
    const char *log = program_output(store.server.program, PROGRAM_STDERR);
    ck_assert_ptr_nonnull(strstr(log, "was removed or replaced"));
    ck_assert_ptr_nonnull(strstr(log, "put it back, or its sessions are lost"));
    program_destroy(store.server.program);
}
END_TEST

Suite *store_trouble_suite(void)
{
    Suite *suite = suite_create("store-trouble");
    TCase *tcase = tcase_create("store-trouble");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    if (store_server_has_disk()) {
        tcase_add_loop_test(tcase, live_streams_go_on_and_all_recovers, 0,
                            sizeof rows / sizeof rows[0]);
    }
    tcase_add_test(tcase, a_file_that_is_cut_kills_nothing);
    tcase_add_test(tcase, a_file_that_is_gone_is_told_at_the_end);
    return suite;
}
