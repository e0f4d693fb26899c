/* What the client makes of a server that announces itself: both programs, end to end. */
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/instrument.h"
#include "test/kit/script_words.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *end_of(json_t *result)
{
    return json_object_get(result, "end");
}

static json_int_t integer(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    ck_assert_msg(json_is_integer(value), "%s is no integer", name);
    return json_integer_value(value);
}

static void expect_said(const struct program *client, const char *text)
{
    instrument_expect_text(client, PROGRAM_STDERR, text);
}

/* ---- Modes ----------------------------------------------------------------------------------- */

static const struct {
    const char *server;
    const char *client;
    const char *text;
} modes[] = {
    {"stateless", "stateful", "the server is stateless: -m stateful cannot work; use -m stateless"},
    {"stateless", "stateful-test",
     "the server is stateless: -m stateful-test cannot work; use -m stateless"},
    {"stateful", "stateless", "the server is stateful: -m stateless cannot work; use -m stateful"},
};

START_TEST(another_mode_is_said_at_once)
{
    char text[256];
    struct server server = server_start(modes[_i].server, NULL);
    struct program *client = client_start(server.port, "-m", modes[_i].client, NULL);
    instrument_expect_status(client, INSTRUMENT_REFUSED);
    snprintf(text, sizeof text, "comms-client: the server refused: %s\n", modes[_i].text);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR), text);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

START_TEST(many_streams_of_another_mode_end_too)
{
    struct server server = server_start("stateless", NULL);
    struct program *client = client_start(server.port, "-m", "stateful", "-s", "20", NULL);
    instrument_expect_status(client, INSTRUMENT_REFUSED);
    instrument_expect_text(client, PROGRAM_STDOUT, "\n  20 streams (");
    instrument_expect_text(client, PROGRAM_STDOUT,
                           ", …): refused: the server is stateless: -m stateful cannot work; use "
                           "-m stateless\n");
    program_destroy(client);
    server_stop(&server);
}
END_TEST

/* ---- The interval ---------------------------------------------------------------------------- */

/* Runs a client with these options against a server of this interval; returns the result's end,
 * with everything above it in *ret_result. */
static json_t *measure(const char *mode, const char *interval, const char *n, const char *option,
                       const char *value, json_t **ret_result, struct program **ret_client)
{
    char file[INSTRUMENT_PATH_SIZE];
    instrument_make_file(file);
    struct server server = server_start(mode, "--interval", interval, NULL);
    *ret_client = client_start(server.port, "-m", mode, "-s", "3", "-n", n, "--json", file,
                               "--report-every", "10s", option, value, NULL);
    instrument_expect_status(*ret_client, INSTRUMENT_PROVEN);
    server_stop(&server);
    *ret_result = instrument_read_json(file);
    return end_of(*ret_result);
}

static json_int_t count_late(json_t *end)
{
    return integer(json_object_get(json_object_get(end, "histograms"), "late"), "count");
}

START_TEST(lateness_needs_no_interval)
{
    static const char *const both[] = {"stateless", "stateful"};
    char line[160];
    json_t *result;
    struct program *client;
    json_t *end = measure(both[_i], "100ms", "5", NULL, NULL, &result, &client);
    json_t *server = json_object_get(end, "server");
    ck_assert_int_eq(integer(end, "interval_ns"), 100 * NS_PER_MS);
    ck_assert_int_eq(integer(server, "interval_ns"), 100 * NS_PER_MS);
    ck_assert_str_eq(json_string_value(json_object_get(server, "mode")), both[_i]);
    ck_assert_str_eq(json_string_value(json_object_get(server, "version")), COMMS_VERSION);
    ck_assert_int_eq(count_late(end), 12);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR), "");
    snprintf(line, sizeof line,
             "\nthe server is comms-server " COMMS_VERSION ", %s, one number every 100 ms\n"
             "per interval; ",
             both[_i]);
    instrument_expect_text(client, PROGRAM_STDOUT, line);
    instrument_expect_text(client, PROGRAM_STDOUT, "\nserver      comms-server ");
    program_destroy(client);
    json_decref(result);
}
END_TEST

START_TEST(at_full_speed_no_number_is_late)
{
    json_t *result;
    struct program *client;
    json_t *end = measure("stateless", "0", "500", "--max-lateness", "1ms", &result, &client);
    ck_assert_int_eq(integer(end, "interval_ns"), 0);
    ck_assert_int_eq(count_late(end), 0);
    expect_said(client, "comms-client: --max-lateness has no effect: the server sends at full "
                        "speed, and no number is late\n");
    program_destroy(client);
    json_decref(result);
}
END_TEST

START_TEST(a_wrong_interval_is_told)
{
    json_t *result;
    struct program *client;
    json_t *end = measure("stateful", "50ms", "3", "--interval", "2s", &result, &client);
    ck_assert_int_eq(integer(end, "interval_ns"), 2 * NS_PER_S);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR),
                     "comms-client: the server announces an interval of 50 ms, not --interval 2 s: "
                     "lateness is judged by --interval; leave it out to use the server's\n");
    program_destroy(client);
    json_decref(result);
}
END_TEST

/* ---- The rate -------------------------------------------------------------------------------- */

START_TEST(a_rate_is_obeyed)
{
    static const char *const both[] = {"stateless", "stateful"};
    json_t *result;
    struct program *client;
    json_t *end = measure(both[_i], "0", "5", "--rate", "20", &result, &client);
    json_t *server = json_object_get(end, "server");
    ck_assert_int_eq(integer(server, "interval_ns"), 50 * NS_PER_MS);
    ck_assert_int_eq(integer(server, "min_interval_ns"), 0);
    ck_assert_int_ge(integer(end, "elapsed_ns"), 200 * NS_PER_MS);
    ck_assert_int_eq(count_late(end), 12);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR), "");
    program_destroy(client);
    json_decref(result);
}
END_TEST

START_TEST(no_rate_is_faster_than_the_server)
{
    json_t *result;
    struct program *client;
    json_t *end = measure("stateful", "200ms", "3", "--rate", "100", &result, &client);
    ck_assert_int_eq(integer(end, "interval_ns"), 200 * NS_PER_MS);
    ck_assert_int_ge(integer(end, "elapsed_ns"), 400 * NS_PER_MS);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR),
                     "comms-client: the server paces at 200 ms: --rate 100 is not reached\n");
    program_destroy(client);
    json_decref(result);
}
END_TEST

/* Of an original server: it knows no wish, and announces nothing. */
START_TEST(an_original_server_is_served_as_ever)
{
    static const struct script scripts[] = {{{NUMBER(5), NUMBER(15), NUMBER(45), AWAIT, OK}}};
    struct scripted_server *server = scripted_server_start(scripts, 1, 0);
    const unsigned port =
        (unsigned)strtoul(strrchr(scripted_server_target(server), ':') + 1, NULL, 10);
    struct program *client = client_start(port, "-m", "stateless", "--rate", "10", "3", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    ck_assert_int_eq(scripted_server_request(server, 0).interval_ns, 100 * NS_PER_MS);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR),
                     "comms-client: the server announces no interval: it may not know --rate 10\n");
    program_destroy(client);
    scripted_server_stop(server);
}
END_TEST

/* A server, or a proxy, that garbles a header: it is told of, and ignored. */
START_TEST(a_garbled_header_is_ignored)
{
    static const struct script scripts[] = {
        {{HEADER("comms-interval: 1s, 1s"), NUMBER(5), NUMBER(15), NUMBER(45), AWAIT, OK}}};
    struct scripted_server *server = scripted_server_start(scripts, 1, 0);
    const unsigned port =
        (unsigned)strtoul(strrchr(scripted_server_target(server), ':') + 1, NULL, 10);
    struct program *client = client_start(port, "-m", "stateless", "3", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR),
                     "comms-client: the server sent a header that cannot be read, and is ignored: "
                     "comms-interval: '1s, 1s'\n");
    program_destroy(client);
    scripted_server_stop(server);
}
END_TEST

static void set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
}

Suite *announcements_suite(void)
{
    Suite *suite = suite_create("announcements");
    TCase *tcase = tcase_create("announcements");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, grpc_teardown);
    tcase_add_loop_test(tcase, another_mode_is_said_at_once, 0, sizeof modes / sizeof *modes);
    tcase_add_test(tcase, many_streams_of_another_mode_end_too);
    tcase_add_loop_test(tcase, lateness_needs_no_interval, 0, 2);
    tcase_add_test(tcase, at_full_speed_no_number_is_late);
    tcase_add_test(tcase, a_wrong_interval_is_told);
    tcase_add_loop_test(tcase, a_rate_is_obeyed, 0, 2);
    tcase_add_test(tcase, no_rate_is_faster_than_the_server);
    tcase_add_test(tcase, an_original_server_is_served_as_ever);
    tcase_add_test(tcase, a_garbled_header_is_ignored);
    return suite;
}
