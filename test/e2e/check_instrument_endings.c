/*
 * How comms-client ends with many streams: proven, refused, unreachable, incomplete, interrupted,
 * broken on purpose. Numbers come 20 ms apart. A run that must last until the test has done
 * something to it has more numbers than can come by then.
 */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "test/kit/instrument.h"
#include "test/kit/loopback.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const modes[] = {"stateless", "stateful"};
enum { MODE_COUNT = sizeof modes / sizeof *modes };

/* Stands in the line of each interval. */
static const char verdict[] = "  ok";

/* ---- Without a hitch, and without a server --------------------------------------------------- */

START_TEST(a_bound_that_is_broken_fails_the_run_and_is_named)
{
    struct server server = server_start("stateless", "--interval", "0", NULL);
    struct program *client =
        client_start(server.port, "-s", "20", "-n", "10", "--interval", "0", "--fail-on",
                     "breaks>0", "--fail-on", "gap_max >= 0s", NULL);
    instrument_expect_status(client, INSTRUMENT_FAIL_ON);
    instrument_expect_text(client, PROGRAM_STDOUT, "\n--fail-on 'breaks>0': passed, it is 0\n");
    instrument_expect_text(client, PROGRAM_STDOUT, "\n--fail-on 'gap_max >= 0s': FAILED, it is ");
    instrument_expect_verdict(client, "PROVEN, BUT --fail-on: 20 streams");
    program_destroy(client);

    client = client_start(server.port, "-s", "20", "-n", "10", "--interval", "0", "--fail-on",
                          "breaks>0", "--fail-on", "lost>0", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_verdict(client, "PROVEN: ");
    program_destroy(client);
    server_stop(&server);
}
END_TEST

START_TEST(one_session_may_break_a_bound_too)
{
    struct server server = server_start("stateful", "--interval", "0", NULL);
    struct program *client =
        client_start(server.port, "-m", "stateful-test", "--fail-on", "throughput>=0", NULL);
    instrument_expect_status(client, INSTRUMENT_FAIL_ON);
    instrument_expect_text(client, PROGRAM_STDOUT, "throughput>=0");
    program_destroy(client);
    server_stop(&server);
}
END_TEST

START_TEST(nobody_there_is_unreachable)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    uint16_t port;
    int fd = loopback_reserve(SOCK_CLOEXEC, &port);
    ck_assert_int_ge(fd, 0);
    struct program *client = client_start(port, "-s", "20", "-c", "4", "-n", "5", "--retry-timeout",
                                          "1s", "--retry-connect", "--json", path, NULL);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    instrument_expect_text(client, PROGRAM_STDOUT, "\nnot finished\n");
    instrument_expect_verdict(client, "UNREACHABLE: 20 streams, 100 numbers expected, 0 received");
    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(instrument_number(result, "streams_unreachable"), 20);
    /* Before it gives up, each stream has tried more than once. */
    ck_assert_uint_ge(instrument_failed_attempts(result, "connection_refused"), 40);
    ck_assert_uint_eq(instrument_failed_attempts(result, "connection_refused"),
                      instrument_count(result, "failed_attempts"));
    ck_assert_uint_eq(instrument_count(result, "breaks"), 0);
    instrument_expect_text(client, PROGRAM_STDOUT, " attempts failed: connection refused (127.");
    json_decref(result);
    program_destroy(client);
    close(fd);
}
END_TEST

START_TEST(a_refusal_is_final)
{
    struct server server = server_start("stateful", "--max-numbers", "10", NULL);
    struct program *client =
        client_start(server.port, "-m", "stateful", "-s", "20", "-c", "4", "-n", "11", NULL);
    instrument_expect_status(client, INSTRUMENT_REFUSED);
    instrument_expect_text(client, PROGRAM_STDOUT, ": refused: ");
    instrument_expect_verdict(client, "REFUSED: 20 streams, 220 numbers expected, 0 received");
    program_destroy(client);
    server_stop(&server);
}
END_TEST

/* ---- A server that goes away ----------------------------------------------------------------- */

/* A run that lasts until something is done to it. Every stream is live, so each has a number. */
static struct program *start_long(const struct server *server, const char *mode,
                                  const char *retry_timeout)
{
    struct program *client =
        client_start(server->port, "-m", mode, "-s", "20", "-c", "4", "-n", "60000", "--interval",
                     "20ms", "--report-every", "100ms", "--connect-timeout", "10s",
                     "--retry-timeout", retry_timeout, NULL);
    program_wait_line(client, PROGRAM_STDOUT, " s        20         0 ");
    return client;
}

START_TEST(a_server_that_does_not_come_back_is_unreachable)
{
    struct server server = server_start(modes[_i], "--interval", "20ms", NULL);
    struct program *client = start_long(&server, modes[_i], "3s"); /* also to begin */
    server_kill(&server);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    instrument_expect_verdict(client, "UNREACHABLE: 20 streams, ");
    instrument_expect_verdict(client, "20 not finished; what came was right\n");
    program_destroy(client);
}
END_TEST

/* Waits for an interval that shows no live stream, after one that shows numbers. */
static void wait_finished(struct program *client)
{
    bool has_numbers = false;
    for (;;) {
        const char *line = program_wait_line(client, PROGRAM_STDOUT, verdict);
        has_numbers = has_numbers || strstr(line, "           0       0 ") == NULL;
        if (has_numbers && strstr(line, " s         0         0 ") != NULL) {
            return;
        }
    }
}

/* A stream begins every second, and finishes at once as long as there is a server. */
START_TEST(a_server_that_goes_when_some_have_finished_leaves_the_run_incomplete)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    struct server server = server_start("stateless", "--interval", "0", NULL);
    struct program *client = client_start(server.port, "-s", "8", "-c", "4", "-n", "10",
                                          "--interval", "0", "--ramp", "4s", "--report-every",
                                          "100ms", "--retry-timeout", "1s", "--json", path, NULL);
    wait_finished(client);
    server_kill(&server);
    instrument_expect_status(client, INSTRUMENT_INCOMPLETE);
    instrument_expect_verdict(client, "INCOMPLETE: 8 streams, 80 numbers expected, ");
    json_t *result = instrument_read_json(path);
    uint64_t proven = instrument_number(result, "streams_proven");
    ck_assert_uint_ge(proven, 1);
    ck_assert_uint_eq(instrument_number(result, "streams_unfinished"), 8 - proven);
    json_decref(result);
    program_destroy(client);
}
END_TEST

START_TEST(stateless_streams_outlive_their_server)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    /* Slow, so that all streams live when it is killed. */
    struct server server = server_start_held("stateless", "--interval", "1s", NULL);
    struct program *client =
        client_start(server.port, "-s", "20", "-c", "4", "-n", "100", "--interval", "20ms",
                     "--report-every", "50ms", "--json", path, NULL);
    program_wait_line(client, PROGRAM_STDOUT, " s        20         0 ");
    server_kill(&server);
    program_wait_line(client, PROGRAM_STDOUT, " s         0        20 ");
    server = server_start_port("stateless", server.port, "--interval", "20ms", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_verdict(client, "PROVEN: 20 streams, 2,000 numbers expected, 2,000 received");
    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(instrument_count(result, "resumes"), 20);
    ck_assert_uint_ge(instrument_count(result, "breaks"), 20);
    json_decref(result);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

START_TEST(stateful_sessions_are_lost_with_their_server)
{
    struct server server = server_start_held("stateful", "--interval", "20ms", NULL);
    struct program *client = start_long(&server, "stateful", "30s");
    server_kill(&server);
    program_wait_line(client, PROGRAM_STDOUT, " s         0        20 ");
    server = server_start_port("stateful", server.port, "--interval", "20ms", NULL);
    instrument_expect_status(client, INSTRUMENT_REFUSED);
    instrument_expect_text(client, PROGRAM_STDOUT, ": refused: NOT_FOUND: uuid has no session");
    instrument_expect_verdict(client, "20 refused by the server, 20 not finished\n");
    program_destroy(client);
    server_stop(&server);
}
END_TEST

/* ---- Signals --------------------------------------------------------------------------------- */

START_TEST(interrupting_prints_the_summary)
{
    struct server server =
        server_start(modes[_i], "--interval", "20ms", "--drain-timeout", "0", NULL);
    struct program *client = start_long(&server, modes[_i], "30s");
    program_signal(client, SIGINT);
    instrument_expect_status(client, 128 + SIGINT);
    instrument_expect_text(client, PROGRAM_STDOUT, "\nsessions    20 started, 0 finished, in ");
    instrument_expect_verdict(client, "INTERRUPTED: 20 streams, 1,200,000 numbers expected, ");
    program_destroy(client);
    server_stop(&server);
}
END_TEST

/* A stateless stream ends by END and the server's answer, which a stopped server does not send. The
 * client waits a second for it, but not after a second signal. */
START_TEST(interrupting_twice_ends_it_at_once)
{
    struct server server = server_start("stateless", "--interval", "20ms", NULL);
    struct program *client = start_long(&server, "stateless", "30s");
    program_signal(server.program, SIGSTOP);
    program_signal(client, SIGSTOP); /* so that it meets both at once, however busy the machine */
    program_signal(client, SIGINT);
    program_signal(client, SIGTERM); /* the kernel may merge two signals of one kind */
    program_signal(client, SIGCONT);
    int status = program_wait_exit(client);
    ck_assert_msg(status == 128 + SIGINT || status == 128 + SIGTERM, "%d", status);
    ck_assert_ptr_null(strstr(program_output(client, PROGRAM_STDOUT), "INTERRUPTED"));
    program_destroy(client);
    program_signal(server.program, SIGCONT);
    server_stop(&server);
}
END_TEST

/* ---- Sessions, one after the other ----------------------------------------------------------- */

/* Runs twenty streams for this many seconds; returns how many sessions they had. */
static uint64_t count_sessions(const struct server *server, const char *mode, unsigned seconds)
{
    char path[INSTRUMENT_PATH_SIZE];
    char duration[16];
    char said[64];
    instrument_make_file(path);
    snprintf(duration, sizeof duration, "%us", seconds);
    snprintf(said, sizeof said, "; new sessions for %u s\n", seconds);
    struct program *client =
        client_start(server->port, "-m", mode, "-s", "20", "-c", "4", "-n", "2", "--duration",
                     duration, "--interval", "20ms", "--json", path, NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_text(client, PROGRAM_STDOUT, said);
    json_t *result = instrument_read_json(path);
    uint64_t started = instrument_count(result, "sessions_started");
    ck_assert_uint_eq(instrument_count(result, "sessions_finished"), started);
    ck_assert_uint_eq(instrument_number(result, "received"), 2 * started);
    ck_assert_uint_ge(instrument_number(result, "elapsed_ns"), seconds * UINT64_C(1000000000));
    json_decref(result);
    program_destroy(client);
    return started;
}

/* A busy machine may need longer for three sessions of each stream. */
START_TEST(a_duration_is_filled_with_sessions)
{
    enum { SECONDS_MAX = 16 };
    unsigned seconds = 1;
    struct server server = server_start(modes[_i], "--interval", "20ms", NULL);
    while (count_sessions(&server, modes[_i], seconds) < 60) {
        seconds *= 2;
        ck_assert_msg(seconds <= SECONDS_MAX, "fewer than 60 sessions");
    }
    server_stop(&server);
}
END_TEST

/* The last of them begins after 950 ms. */
START_TEST(a_ramp_spreads_the_beginnings)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    struct server server = server_start("stateless", "--interval", "0", NULL);
    struct program *client = client_start(server.port, "-s", "20", "-n", "10", "--interval", "0",
                                          "--ramp", "1s", "--json", path, NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_verdict(client, "PROVEN: 20 streams, 200 numbers expected, 200 received");
    json_t *result = instrument_read_json(path);
    ck_assert_uint_ge(instrument_number(result, "elapsed_ns"), 950000000);
    json_decref(result);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

/* Few connections, so that a slow program gets on between the breaks. */
START_TEST(chaos_is_survived_and_named_as_our_own_doing)
{
    enum { PATIENCE_MS = 100000 };
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    struct server server = server_start(modes[_i], "--interval", "20ms", NULL);
    struct program *client =
        client_start(server.port, "-m", modes[_i], "-s", "20", "-c", "4", "-n", "100", "--interval",
                     "20ms", "--chaos", "cut=600ms,stall=50%", "--seed", "7", "--stall-timeout",
                     "2s", "--json", path, NULL);
    program_set_patience(client, PATIENCE_MS);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_text(client, PROGRAM_STDOUT, "chaos: a connection breaks every 600 ms");
    instrument_expect_text(client, PROGRAM_STDOUT, "--seed 7\n");
    instrument_expect_text(client, PROGRAM_STDOUT, "--chaos  ");
    instrument_expect_verdict(client, "PROVEN: 20 streams, 2,000 numbers expected, 2,000 received");
    json_t *result = instrument_read_json(path);
    uint64_t cuts = instrument_breaks(result, "chaos_cut");
    uint64_t silences = instrument_breaks(result, "chaos_silence");
    ck_assert_uint_ge(cuts, 1); /* of which a busy machine does not have many */
    ck_assert_uint_ge(silences, 1);
    ck_assert_uint_eq(cuts + silences, instrument_count(result, "breaks"));
    json_decref(result);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

Suite *instrument_endings_suite(void)
{
    Suite *suite = suite_create("instrument-endings");
    TCase *endings = tcase_create("endings");
    TCase *servers = tcase_create("servers");
    TCase *runs = tcase_create("runs");
    suite_add_tcase(suite, endings);
    suite_add_tcase(suite, servers);
    suite_add_tcase(suite, runs);
    tcase_set_timeout(endings, 120);
    tcase_set_timeout(servers, 120);
    tcase_set_timeout(runs, 120);
    tcase_add_test(endings, a_bound_that_is_broken_fails_the_run_and_is_named);
    tcase_add_test(endings, one_session_may_break_a_bound_too);
    tcase_add_test(endings, nobody_there_is_unreachable);
    tcase_add_test(endings, a_refusal_is_final);
    tcase_add_loop_test(endings, interrupting_prints_the_summary, 0, MODE_COUNT);
    tcase_add_test(endings, interrupting_twice_ends_it_at_once);
    tcase_add_loop_test(servers, a_server_that_does_not_come_back_is_unreachable, 0, MODE_COUNT);
    tcase_add_test(servers, a_server_that_goes_when_some_have_finished_leaves_the_run_incomplete);
    tcase_add_test(servers, stateless_streams_outlive_their_server);
    tcase_add_test(servers, stateful_sessions_are_lost_with_their_server);
    tcase_add_loop_test(runs, a_duration_is_filled_with_sessions, 0, MODE_COUNT);
    tcase_add_test(runs, a_ramp_spreads_the_beginnings);
    tcase_add_loop_test(runs, chaos_is_survived_and_named_as_our_own_doing, 0, MODE_COUNT);
    return suite;
}
