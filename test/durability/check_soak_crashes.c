/* kill -9 at random moments, in the long form; and a disk that hangs, for which one has to wait. */
#include "test/durability/crash_trial.h"
#include "test/durability/store_server.h"
#include "test/suites.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

START_TEST(every_session_is_resumed_after_200_crashes)
{
    crash_trial(200, 1000, 300, (unsigned)getpid());
}
END_TEST

/* A client that starts a session is refused after the 5 s that START may wait. */
static void expect_refused(const struct store_server *store)
{
    struct program *client =
        client_start(store->server.port, "-m", "stateful", "-n", "1", "--retry-timeout", "0", NULL);
    ck_assert_int_ne(program_wait_exit(client), 0);
    const char *said = program_output(client, PROGRAM_STDERR);
    ck_assert_msg(strstr(said, "UNAVAILABLE: session store is not available") != NULL, "%s", said);
    program_destroy(client);
}

static struct program *start_client(const struct store_server *store, const char *numbers)
{
    struct program *client =
        client_start(store->server.port, "-m", "stateful", "-n", numbers, NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 1");
    return client;
}

static void expect_proven(struct program *client)
{
    program_expect_success(client);
}

START_TEST(a_disk_that_hangs_holds_nobody_up)
{
    struct store_server store;
    store_server_make(&store);
    store_server_start(&store, "--interval", "100ms", "--log-level", "notice", NULL);
    struct program *live = start_client(&store, "200");
    store_server_rule(&store, 0, true);
    expect_refused(&store);
    expect_refused(&store);
    program_wait_line(store.server.program, PROGRAM_STDERR, "a write takes more than 5s");
    store_server_rule(&store, 0, false);
    program_wait_line(store.server.program, PROGRAM_STDERR, "store works again");
    expect_proven(start_client(&store, "1"));
    expect_proven(live);
    server_stop(&store.server);
    store_server_remove(&store);
}
END_TEST

/* The stop ends in time, and says that the file is behind. */
START_TEST(a_disk_that_hangs_does_not_hold_up_the_stop)
{
    struct store_server store;
    store_server_make(&store);
    store_server_start(&store, "--interval", "10ms", NULL);
    struct program *live = start_client(&store, "60000");
    store_server_rule(&store, 0, true);
    program_signal(store.server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(store.server.program), 0);
    const char *log = program_output(store.server.program, PROGRAM_STDERR);
    ck_assert_ptr_nonnull(strstr(log, "warn   store closed"));
    ck_assert_ptr_nonnull(strstr(log, "the positions of the clients decide"));
    program_destroy(store.server.program);
    store_server_rule(&store, 0, false);
    store_server_start(&store, "--interval", "0",
                       NULL); /* the file opens, and the client goes on */
    expect_proven(live);
    server_stop(&store.server);
    store_server_remove(&store);
}
END_TEST

Suite *soak_crashes_suite(void)
{
    Suite *suite = suite_create("soak-crashes");
    TCase *crashes = tcase_create("soak-crashes");
    suite_add_tcase(suite, crashes);
    tcase_set_timeout(crashes, 1000);
    if (store_server_has_disk()) {
        tcase_add_test(crashes, a_disk_that_hangs_holds_nobody_up);
        tcase_add_test(crashes, a_disk_that_hangs_does_not_hold_up_the_stop);
    }
    tcase_add_test(crashes, every_session_is_resumed_after_200_crashes);
    return suite;
}
