/*
 * Clients that stop reading, over TCP and over a unix socket: they are stopped processes, so the
 * kernel closes their windows. C core cannot write to them any more, and cannot end their calls.
 */
#include "shared/base/clock.h"
#include "test/e2e/program_expectations.h"
#include "test/kit/scratch_folder.h"
#include "test/kit/worker_threads.h"
#include "test/suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The session of the original client, so that another client can join it: of this many numbers that
 * they fit into no buffer; and the value of the first one. */
#define NUMBERS      "16000000"
#define FIRST_NUMBER "3856042040"

#define SEND_TIMEOUT_NS  NS_PER_S
#define DRAIN_TIMEOUT_NS (NS_PER_S / 2)

/* For how long a client may not have run before it was stopped. */
#define UNREAD_NS (NS_PER_S / 2)

/* What the machine may take longer, while other tests run, or with a sanitizer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLACK_NS    (10 * NS_PER_S)
#define CONNECTIONS 6 /* each has to be filled */
#else
#define SLACK_NS    (3 * NS_PER_S)
#define CONNECTIONS 50
#endif

enum { PLACES = 2 }; /* a server listens on TCP, and on a unix socket */

static char folder[SCRATCH_FOLDER_SIZE];
static char socket_name[SCRATCH_FOLDER_SIZE + 16];

static void set_up(void)
{
    scratch_folder_make(folder, "comms-stopped");
    snprintf(socket_name, sizeof socket_name, "unix:%s/socket", folder);
}

static void tear_down(void)
{
    scratch_folder_remove(folder);
}

/* A server at full speed that listens on both places. */
static struct server start_server(const char *send_timeout)
{
    return server_start("stateful", "--interval", "0", "--max-numbers", NUMBERS, "--listen",
                        "127.0.0.1", "--listen", socket_name, "--send-timeout", send_timeout,
                        "--drain-timeout", "500ms", NULL);
}

/* A client at a place, of this many streams with a connection each. `last`: the message after which
 * it goes on; NULL. What it prints is not kept. */
static struct program *start_client(const struct server *server, int place, const char *mode,
                                    const char *streams, const char *last)
{
    char tcp_name[32];
    snprintf(tcp_name, sizeof tcp_name, "127.0.0.1:%u", server->port);
    const char *host = place == 0 ? tcp_name : socket_name;
    const char *const arguments[] = {"-m",    mode, "--host", host,         "-n", NUMBERS, "-s",
                                     streams, "-c", streams,  "--interval", "0",  last,    NULL};
    const struct program_spec spec = {
        .path = programs_client_path(), .arguments = arguments, .stdout_path = "/dev/null"};
    return program_start_spec(&spec);
}

/* Stops a client after the first messages of its session. Returns since when. */
static int64_t stop_client(const struct server *server, struct program *client)
{
    program_wait_line(server->program, PROGRAM_STDERR, " session started ");
    const int64_t then = clock_monotonic.now(&clock_monotonic);
    program_signal(client, SIGSTOP);
    return then;
}

static void expect_since(int64_t then, int64_t at_least_ns, int64_t at_most_ns)
{
    int64_t ns = clock_monotonic.now(&clock_monotonic) - then;
    ck_assert_int_ge(ns, at_least_ns);
    ck_assert_int_le(ns, at_most_ns + SLACK_NS);
}

/* Another client goes on with the session after its first number. */
static struct program *expect_joined(const struct server *server, int place, const char *event)
{
    struct program *client =
        start_client(server, place, "stateful-test-reconnect", "1", FIRST_NUMBER);
    program_wait_line(server->program, PROGRAM_STDERR, event);
    return client;
}

START_TEST(a_client_that_stops_reading_is_ended)
{
    struct server server = start_server("1s");
    struct program *client = start_client(&server, _i, "stateful-test", "1", NULL);
    const int64_t stopped_at = stop_client(&server, client);
    program_wait_line(server.program, PROGRAM_STDERR,
                      " reason=\"the client took nothing for --send-timeout\"");
    expect_since(stopped_at, SEND_TIMEOUT_NS - UNREAD_NS, SEND_TIMEOUT_NS);
    await_at_most_workers(server.program, 0);
    /* A second until the cut at most, and one until the idle thread ends. */
    expect_since(stopped_at, 0, SEND_TIMEOUT_NS + 2 * NS_PER_S);
    struct program *other = expect_joined(&server, _i, " session resumed ");
    program_destroy(other);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

START_TEST(a_take_over_frees_the_worker_of_a_client_that_does_not_read)
{
    struct server server = start_server("20s");
    struct program *client = start_client(&server, _i, "stateful-test", "1", NULL);
    (void)stop_client(&server, client);
    await_idle_workers(server.program); /* it waits for the client */
    struct program *other = expect_joined(&server, _i, " session taken over ");
    const int64_t taken_over_at = clock_monotonic.now(&clock_monotonic);
    await_at_most_workers(server.program, 1);
    expect_since(taken_over_at, 0, 2 * NS_PER_S);
    program_destroy(other);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

START_TEST(a_server_ends_although_clients_do_not_read)
{
    struct server server = start_server("20s");
    struct program *clients[PLACES];
    char connections[16];
    snprintf(connections, sizeof connections, "%d", CONNECTIONS / PLACES);
    for (int place = 0; place < PLACES; place++) {
        clients[place] = start_client(&server, place, "stateful", connections, NULL);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        program_wait_line(server.program, PROGRAM_STDERR, " session started ");
    }
    for (int place = 0; place < PLACES; place++) {
        program_signal(clients[place], SIGSTOP);
    }
    await_idle_workers(server.program);
    const int64_t signalled_at = clock_monotonic.now(&clock_monotonic);
    program_signal(server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    expect_since(signalled_at, 0, DRAIN_TIMEOUT_NS + 2 * NS_PER_S);
    ck_assert_ptr_null(strstr(program_output(server.program, PROGRAM_STDERR), "left behind"));
    program_destroy(server.program);
    for (int place = 0; place < PLACES; place++) {
        program_destroy(clients[place]);
    }
}
END_TEST

Suite *stopped_clients_suite(void)
{
    Suite *suite = suite_create("stopped-clients");
    TCase *stopped = tcase_create("stopped");
    suite_add_tcase(suite, stopped);
    tcase_set_timeout(stopped, 60);
    tcase_add_checked_fixture(stopped, set_up, tear_down);
    tcase_add_loop_test(stopped, a_client_that_stops_reading_is_ended, 0, PLACES);
    tcase_add_loop_test(stopped, a_take_over_frees_the_worker_of_a_client_that_does_not_read, 0,
                        PLACES);
    tcase_add_test(stopped, a_server_ends_although_clients_do_not_read);
    return suite;
}
