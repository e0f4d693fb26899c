/*
 * The client names the cause of each break: comms-client with many streams against comms-server,
 * through the fault proxy, which breaks connections in every way. The client names what it can see,
 * so a half-closed connection counts as a closed one.
 */
#include "test/kit/fault_proxy/fault_proxy.h"
#include "test/kit/instrument.h"
#include "test/kit/loopback.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <stdbool.h>
#include <string.h>

enum { CONNECTIONS = 4, STREAMS = 20 };

/* Lines without a number, one every 50 ms: by then a slow client too has answered all that came. */
enum { QUIET_LINES = 10 };

static struct fault_proxy *start_proxy(const struct server *server, const struct fault *plan,
                                       size_t length)
{
    const struct fault_proxy_options options = {
        .target = loopback_address(server->port), .plan = plan, .plan_length = length};
    struct fault_proxy *proxy = fault_proxy_start(&options);
    ck_assert_ptr_nonnull(proxy);
    return proxy;
}

/* Twenty streams on four connections; each session lasts a second at least. */
static struct program *start_streams(const char *mode, uint16_t port, const char *stall_timeout,
                                     const char *path)
{
    return client_start(port, "-m", mode, "-s", "20", "-c", "4", "-n", "50", "--interval", "20ms",
                        "--stall-timeout", stall_timeout, "--report-every", "50ms", "--json", path,
                        NULL);
}

/* The fault of the first connections, and the cause that all breaks of their streams must have. */
static const struct {
    const char *mode;
    enum fault_kind kind;
    const char *cause;
} faults[] = {
    {"stateful", FAULT_CUT, "connection_closed"},
    {"stateful", FAULT_HALF_CLOSE, "connection_closed"},
    {"stateful", FAULT_RESET, "connection_reset"},
    {"stateful", FAULT_STALL, "stalled"},
    {"stateless", FAULT_CUT, "connection_closed"},
    {"stateless", FAULT_RESET, "connection_reset"},
    {"stateless", FAULT_STALL, "stalled"},
};

/*
 * Lets the faults happen once the client has answered all that came: C core sometimes takes a
 * connection that is reset during a write for one that was closed.
 */
static void strike(struct fault_proxy *proxy, struct program *client)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        ck_assert(fault_proxy_await(proxy, PROGRAM_DEADLINE_MS));
    }
    for (int i = 0; i < QUIET_LINES; i++) {
        program_wait_line(client, PROGRAM_STDOUT, "           0       0 "); /* no numbers */
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        fault_proxy_strike(proxy);
    }
}

/* Every stream breaks before its last number, and every break has the one cause. */
START_TEST(what_breaks_a_connection_is_named)
{
    struct fault plan[CONNECTIONS];
    char path[INSTRUMENT_PATH_SIZE];
    for (size_t i = 0; i < CONNECTIONS; i++) {
        plan[i] = (struct fault){.kind = faults[_i].kind,
                                 .unit = FAULT_AFTER_MESSAGES,
                                 .amount = 50 + i,
                                 .on_command = faults[_i].kind != FAULT_STALL};
    }
    instrument_make_file(path);
    struct server server = server_start(faults[_i].mode, "--interval", "20ms", NULL);
    struct fault_proxy *proxy = start_proxy(&server, plan, CONNECTIONS);
    bool stalls = faults[_i].kind == FAULT_STALL;
    struct program *client =
        start_streams(faults[_i].mode, fault_proxy_port(proxy), stalls ? "1s" : "30s", path);
    if (!stalls) {
        strike(proxy, client);
    }
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_verdict(client, "PROVEN: 20 streams, 1,000 numbers expected, 1,000 received");
    ck_assert_uint_eq(fault_proxy_faults_made(proxy), CONNECTIONS);

    json_t *result = instrument_read_json(path);
    uint64_t named = instrument_breaks(result, faults[_i].cause);
    ck_assert_uint_ge(named, 1);
    if (stalls) { /* a stream may have begun so late that not even its header came */
        named += instrument_failed_attempts(result, "no_first_header");
    }
    named += instrument_failed_attempts(result, faults[_i].cause); /* before their first number */
    ck_assert_uint_ge(named, STREAMS);
    ck_assert_msg(named == instrument_count(result, "breaks") +
                               instrument_count(result, "failed_attempts"),
                  "there are others than %s:\n%s", faults[_i].cause,
                  program_output_end(client, PROGRAM_STDOUT));
    json_decref(result);
    program_destroy(client);
    fault_proxy_stop(proxy);
    server_stop(&server);
}
END_TEST

/* The connections break with the proxy, and nobody listens after it. */
START_TEST(nobody_at_the_port_is_a_connection_refused)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    struct server server = server_start("stateful", "--interval", "20ms", NULL);
    struct fault_proxy *proxy = start_proxy(&server, NULL, 0);
    struct program *client =
        client_start(fault_proxy_port(proxy), "-m", "stateful", "-s", "20", "-c", "4", "-n",
                     "60000", "--interval", "20ms", "--retry-timeout", "1s", "--report-every",
                     "50ms", "--json", path, NULL);
    program_wait_line(client, PROGRAM_STDOUT, " s        20         0 ");
    fault_proxy_stop(proxy);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    json_t *result = instrument_read_json(path);
    uint64_t lost = instrument_breaks(result, "connection_closed") +
                    instrument_breaks(result, "connection_reset");
    uint64_t refused = instrument_failed_attempts(result, "connection_refused");
    ck_assert_uint_eq(lost, STREAMS);
    ck_assert_uint_ge(refused, STREAMS);
    ck_assert_msg(lost == instrument_count(result, "breaks") &&
                      refused == instrument_count(result, "failed_attempts"),
                  "others too:\n%s", program_output_end(client, PROGRAM_STDOUT));
    instrument_expect_text(client, PROGRAM_STDOUT, " streams broke: connection ");
    instrument_expect_text(client, PROGRAM_STDOUT, " attempts failed: connection refused (127.");
    json_decref(result);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

/* A connection that is accepted and stays silent: not even a header comes. */
START_TEST(silence_from_the_beginning_is_no_connection)
{
    static const struct fault plan[CONNECTIONS] = {
        {.kind = FAULT_STALL, .unit = FAULT_AFTER_BYTES, .amount = 0},
        {.kind = FAULT_STALL, .unit = FAULT_AFTER_BYTES, .amount = 0},
        {.kind = FAULT_STALL, .unit = FAULT_AFTER_BYTES, .amount = 0},
        {.kind = FAULT_STALL, .unit = FAULT_AFTER_BYTES, .amount = 0}};
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    struct server server = server_start("stateful", "--interval", "20ms", NULL);
    struct fault_proxy *proxy = start_proxy(&server, plan, CONNECTIONS);
    struct program *client = start_streams("stateful", fault_proxy_port(proxy), "1s", path);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    json_t *result = instrument_read_json(path);
    uint64_t failed = instrument_failed_attempts(result, "cannot_connect");
    ck_assert_uint_ge(failed, STREAMS); /* a busy machine may fail once more */
    ck_assert_msg(instrument_count(result, "failed_attempts") == failed &&
                      instrument_count(result, "breaks") == 0,
                  "%s", program_output_end(client, PROGRAM_STDOUT));
    ck_assert_uint_eq(instrument_number(result, "streams_held_back"), 0);
    json_decref(result);
    program_destroy(client);
    fault_proxy_stop(proxy);
    server_stop(&server);
}
END_TEST

/* A status alone does not say why: the server's words stand beside it. */
START_TEST(a_server_that_stops_is_quoted)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    struct server server =
        server_start("stateful", "--interval", "20ms", "--drain-timeout", "0", NULL);
    struct program *client =
        client_start(server.port, "-m", "stateful", "-s", "3", "-n", "60000", "--retry-timeout",
                     "1s", "--report-every", "50ms", "--json", path, NULL);
    program_wait_line(client, PROGRAM_STDOUT, " ok"); /* an interval with all streams */
    server_stop(&server);
    (void)program_wait_exit(client);
    instrument_expect_text(client, PROGRAM_STDOUT,
                           " broke: UNAVAILABLE: server is shutting down: ");
    instrument_expect_text(client, PROGRAM_STDOUT, "\n  such as: server is shutting down: ");
    json_t *result = instrument_read_json(path);
    json_t *row = json_array_get(json_object_get(json_object_get(result, "end"), "breaks"), 0);
    const char *words = json_string_value(json_object_get(row, "words"));
    ck_assert_msg(words != NULL && strncmp(words, "server is shutting down: ", 25) == 0, "%s",
                  words);
    json_decref(result);
    program_destroy(client);
}
END_TEST

Suite *break_causes_suite(void)
{
    Suite *suite = suite_create("break-causes");
    TCase *causes = tcase_create("causes");
    suite_add_tcase(suite, causes);
    tcase_set_timeout(causes, 120);
    tcase_add_loop_test(causes, what_breaks_a_connection_is_named, 0,
                        sizeof faults / sizeof *faults);
    tcase_add_test(causes, nobody_at_the_port_is_a_connection_refused);
    tcase_add_test(causes, silence_from_the_beginning_is_no_connection);
    tcase_add_test(causes, a_server_that_stops_is_quoted);
    return suite;
}
