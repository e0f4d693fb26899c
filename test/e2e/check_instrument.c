/* comms-client with many streams, as a user meets it: its options, its output, its files. */
#include "test/e2e/program_expectations.h"
#include "test/kit/instrument.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <check.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 12, WORDS_MAX = 40 };

static const char *const modes[] = {"stateless", "stateful"};
enum { MODE_COUNT = sizeof modes / sizeof *modes };

static const char verdict[] = "  ok";
static const char heading[] =
    "      time      live   waiting   numbers/s  breaks  resumes    late  verdict\n";

static size_t count_in(const char *text, const char *wanted)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, wanted)) != NULL; at += strlen(wanted)) {
        count++;
    }
    return count;
}

/* ---- What it prints -------------------------------------------------------------------------- */

/* What the client says before the line of its first interval. */
static void expect_beginning_of(const struct program *client, const struct server *server,
                                const char *mode, unsigned n)
{
    char beginning[512];
    char server_line[128];
    const char *said = program_output(client, PROGRAM_STDOUT);
    snprintf(server_line, sizeof server_line,
             "the server is comms-server " COMMS_VERSION ", %s, one number every 20 ms\n", mode);
    snprintf(beginning, sizeof beginning,
             "%s, 20 streams on 4 connections to 127.0.0.1:%u\n"
             "%u numbers a session, one every 20 ms\n"
             "%sper interval; live, waiting at its end\n%s",
             mode, server->port, n,
             /* on a busy machine an interval is printed before the server has answered */
             strstr(said, server_line) == NULL ? "" : server_line, heading);
    ck_assert_msg(strncmp(said, beginning, strlen(beginning)) == 0, "%s", said);
}

/* Runs twenty streams of this many numbers; returns for how many intervals a line was printed. */
static size_t count_intervals(const struct server *server, const char *mode, unsigned n)
{
    char numbers[16];
    snprintf(numbers, sizeof numbers, "%u", n);
    struct program *client =
        client_start(server->port, "-m", mode, "-s", "20", "-c", "4", "-n", numbers, "--interval",
                     "20ms", "--report-every", "100ms", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    expect_beginning_of(client, server, mode, n);
    const char *said = program_output(client, PROGRAM_STDOUT);
    size_t intervals = count_in(said, verdict);
    ck_assert_uint_eq(count_in(said, "\r"), 0);
    ck_assert_uint_eq(count_in(said, "\033"), 0);
    instrument_expect_text(client, PROGRAM_STDOUT, "\nsessions    20 started, 20 finished, in ");
    instrument_expect_text(client, PROGRAM_STDOUT,
                           "\nserver      comms-server " COMMS_VERSION ", ");
    instrument_expect_text(client, PROGRAM_STDOUT, "\nbreaks      0, resumed 0 times\n");
    instrument_expect_text(client, PROGRAM_STDOUT, "\ngap between numbers  ");
    instrument_expect_verdict(client, n == 30 ? "PROVEN: 20 streams, 600 numbers expected, 600 "
                                                "received, each in its place\n"
                                              : " received, each in its place\n");
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR), "");
    program_destroy(client);
    return intervals;
}

/* Thirty numbers take 580 ms; a busy machine leaves lines out, and has five in a longer run. */
START_TEST(many_streams_print_a_line_an_interval_and_a_verdict)
{
    enum { N_MAX = 500 };
    unsigned n = 30;
    struct server server = server_start(modes[_i], "--interval", "20ms", NULL);
    while (count_intervals(&server, modes[_i], n) < 5) {
        n *= 2;
        ck_assert_msg(n <= N_MAX, "fewer than five lines");
    }
    server_stop(&server);
}
END_TEST

/* A client whose standard output is as `spec` says; further options follow, then NULL. */
static struct program *start_spec(const struct server *server, struct program_spec spec,
                                  const char *const more[])
{
    char port[16];
    const char *words[WORDS_MAX] = {"--host", "127.0.0.1", "-p", port, "-s", "20", "-c", "4"};
    size_t count = 8;
    snprintf(port, sizeof port, "%u", server->port);
    for (; *more != NULL; more++) {
        ck_assert_uint_lt(count, WORDS_MAX - 1);
        words[count++] = *more;
    }
    spec.path = programs_client_path();
    spec.arguments = words;
    return program_start_spec(&spec);
}

START_TEST(quiet_leaves_the_intervals_out)
{
    struct server server = server_start("stateless", "--interval", "20ms", NULL);
    struct program *client =
        client_start(server.port, "-s", "20", "-n", "10", "--interval", "20ms", "--report-every",
                     "20ms", "--csv", "/dev/null", "--quiet", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    ck_assert_uint_eq(count_in(program_output(client, PROGRAM_STDOUT), verdict), 0);
    instrument_expect_verdict(client, "PROVEN: 20 streams, 200 numbers expected, 200 received");
    program_destroy(client);
    server_stop(&server);
}
END_TEST

START_TEST(json_stream_has_standard_output_and_the_text_standard_error)
{
    struct server server = server_start("stateful", "--interval", "20ms", NULL);
    struct program *client =
        client_start(server.port, "-m", "stateful", "-s", "20", "-n", "50", "--interval", "20ms",
                     "--report-every", "50ms", "--json-stream", "-", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    const char *said = program_output(client, PROGRAM_STDOUT);
    size_t lines = 0;
    size_t servers = 0; /* on a slow machine an interval ends before the server says who it is */
    const char *event = "";
    json_t *line = NULL;
    for (const char *end; (end = strchr(said, '\n')) != NULL; said = end + 1) {
        json_error_t error;
        ck_assert_msg(strcmp(event, "end") != 0, "a line after the end");
        json_decref(line);
        line = json_loadb(said, (size_t)(end - said), 0, &error);
        ck_assert_msg(line != NULL, "%s: %.200s", error.text, said);
        event = json_string_value(json_object_get(line, "event"));
        ck_assert_ptr_nonnull(event);
        ck_assert_msg((lines == 0) == (strcmp(event, "start") == 0), "%zu %s", lines, event);
        ck_assert_msg(strstr(" start server interval end ", event) != NULL, "%zu %s", lines, event);
        servers += strcmp(event, "server") == 0;
        lines++;
    }
    ck_assert_str_eq(said, "");
    ck_assert_uint_eq(servers, 1);
    ck_assert_msg(lines >= 5, "the run takes 980 ms, and has a start and an end: %zu lines", lines);
    ck_assert_str_eq(event, "end");
    json_decref(line);
    instrument_expect_text(client, PROGRAM_STDERR, heading);
    instrument_expect_text(client, PROGRAM_STDERR, "\nPROVEN: 20 streams, 1,000 numbers expected");
    program_destroy(client);
    server_stop(&server);
}
END_TEST

/* At full speed the server would send many numbers more before it reads END: the client cancels. */
START_TEST(surplus_at_full_speed_is_cut_off)
{
    static const struct {
        const char *interval;
        const char *reason; /* the server's, for the end of a stream */
    } cases[] = {{"0", "reason=\"cancelled or connection lost\""}, {"1ms", "reason=\"finished\""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct server server = server_start("stateless", "--interval", cases[i].interval, NULL);
        struct program *client =
            client_start(server.port, "-s", "2", "-n", "20", "--interval", cases[i].interval, NULL);
        instrument_expect_status(client, INSTRUMENT_PROVEN);
        instrument_expect_verdict(client, "PROVEN: 2 streams, 40 numbers expected, 40 received");
        const char *line = program_wait_line(server.program, PROGRAM_STDERR, "stream ended");
        ck_assert_msg(strstr(line, cases[i].reason) != NULL, "%s", line);
        program_destroy(client);
        server_stop(&server);
    }
}
END_TEST

/* ---- What it writes -------------------------------------------------------------------------- */

static void expect_beginning(const char *path, const char *beginning)
{
    char got[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_gt(read(fd, got, sizeof got - 1), 0);
    ck_assert_int_eq(close(fd), 0);
    ck_assert_msg(strncmp(got, beginning, strlen(beginning)) == 0, "%s begins: %s", path, got);
}

START_TEST(files_are_written_by_one_session_and_by_many)
{
    static const char *const streams[] = {"1", "20"};
    char json[INSTRUMENT_PATH_SIZE];
    char html[INSTRUMENT_PATH_SIZE];
    instrument_make_file(json);
    instrument_make_file(html);
    struct server server = server_start("stateful", "--interval", "0", NULL);
    struct program *client =
        client_start(server.port, "-m", "stateful", "-s", streams[_i], "-n", "100", "--interval",
                     "0", "--json", json, "--html", html, NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    expect_beginning(json, "{");
    expect_beginning(html, "<!DOCTYPE html>");
    json_t *result = instrument_read_json(json);
    ck_assert_uint_eq(instrument_number(result, "received"), _i == 0 ? 100 : 2000);
    json_decref(result);
    ck_assert_int_eq(unlink(html), 0);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

/* A file that cannot be written, the message, and whether it comes before the run. */
static const struct {
    const char *option;
    const char *path;
    const char *says;
    bool before;
} not_written[] = {
    {"--json", "/tmp", "cannot write /tmp: Is a directory\n", true},
    {"--html", "/tmp", "cannot write /tmp: Is a directory\n", true},
    {"--json", "/nowhere/a.json", "cannot write /nowhere/a.json: No such file", true},
    {"--json", "/dev/full", "cannot write /dev/full: No space left on device\n", false},
    {"--html", "/dev/full", "cannot write /dev/full: No space left on device\n", false},
};

START_TEST(a_file_that_cannot_be_written_is_said)
{
    struct server server = server_start("stateless", "--interval", "0", NULL);
    struct program *client = client_start(server.port, "-s", "20", "-n", "5", "--interval", "0",
                                          not_written[_i].option, not_written[_i].path, NULL);
    instrument_expect_status(client, INSTRUMENT_NOT_WRITTEN);
    instrument_expect_text(client, PROGRAM_STDERR, "comms-client: cannot write ");
    instrument_expect_text(client, PROGRAM_STDERR, not_written[_i].says);
    ck_assert_uint_eq(program_count_lines(client, PROGRAM_STDERR), 1);
    if (not_written[_i].before) {
        ck_assert_str_eq(program_output(client, PROGRAM_STDOUT), "");
    } else {
        instrument_expect_verdict(client, "PROVEN: ");
    }
    program_destroy(client);
    server_stop(&server);
}
END_TEST

START_TEST(standard_output_that_cannot_be_written_ends_it)
{
    static const char *const more[][ARGUMENTS_MAX] = {{"-n", "60000", "--interval", "20ms", NULL},
                                                      {"-n", "60000", "--interval", "20ms",
                                                       "--report-every", "10ms", "--json-stream",
                                                       "-", NULL}};
    struct server server =
        server_start("stateless", "--interval", "20ms", "--drain-timeout", "0", NULL);
    struct program *client =
        start_spec(&server, (struct program_spec){.stdout_path = "/dev/full"}, more[_i]);
    instrument_expect_status(client, INSTRUMENT_NOT_WRITTEN);
    instrument_expect_text(
        client, PROGRAM_STDERR,
        "comms-client: cannot write to standard output: No space left on device\n");
    program_destroy(client);
    server_stop(&server);
}
END_TEST

/* ---- Wrong usage ----------------------------------------------------------------------------- */

static const struct {
    const char *arguments[ARGUMENTS_MAX];
    const char *says;
} wrong_usage[] = {
    {{"--streams", "0"}, "--streams"},
    {{"--streams", "1000001"}, "1000000"},
    {{"--streams", "many"}, "many"},
    {{"--streams", "10", "--connections", "11"}, "from 1 to 10"},
    {{"--streams", "10", "--connections", "0"}, "from 1 to 10"},
    {{"--connections", "some"}, "auto"},
    {{"--duration", "10x"}, "10x"},
    {{"--ramp", "fast"}, "fast"},
    {{"--interval", "-1s"}, "-1s"},
    {{"--report-every", "0"}, "--report-every"},
    {{"--chaos", "cut=0s"}, "cut=TIME"},
    {{"--chaos", "stall=1%"}, "cut=TIME"},
    {{"--chaos", "cut=1s,stall=101%"}, "stall=PERCENT%"},
    {{"--chaos", "cut=1s,break=1%"}, "cut=1s,break=1%"},
    {{"--seed", "x"}, "'x'"},
    {{"--fail-on", "resumes"}, "METRIC>VALUE"},
    {{"--fail-on", "nothing>1"}, "nothing"},
    {{"--fail-on", "gap_p99>1"}, "250ms"},
    {{"--fail-on", "lost>0", "--fail-on", "breaks>1s"}, "whole number"},
    {{"-m", "stateful", "-s", "2", "--uuid", "a17417a0-aa39-40b5-8675-247713cc4908"}, "--uuid"},
    {{"-m", "stateful-test", "-s", "2"}, "stateful-test"},
    {{"-m", "stateful-test", "-d", "1s"}, "stateful-test"},
};

START_TEST(wrong_options_are_said_in_one_line)
{
    const struct program_spec spec = {.path = programs_client_path(),
                                      .arguments = wrong_usage[_i].arguments};
    expect_refusal(&spec, "comms-client", STATUS_USAGE, wrong_usage[_i].says);
}
END_TEST

Suite *instrument_suite(void)
{
    Suite *suite = suite_create("instrument");
    TCase *output = tcase_create("output");
    TCase *files = tcase_create("files");
    TCase *usage = tcase_create("usage");
    suite_add_tcase(suite, output);
    suite_add_tcase(suite, files);
    suite_add_tcase(suite, usage);
    tcase_set_timeout(output, 120);
    tcase_set_timeout(files, 120);
    tcase_set_timeout(usage, 60);
    tcase_add_loop_test(output, many_streams_print_a_line_an_interval_and_a_verdict, 0, MODE_COUNT);
    tcase_add_test(output, surplus_at_full_speed_is_cut_off);
    tcase_add_test(output, quiet_leaves_the_intervals_out);
    tcase_add_test(output, json_stream_has_standard_output_and_the_text_standard_error);
    tcase_add_loop_test(files, files_are_written_by_one_session_and_by_many, 0, 2);
    tcase_add_loop_test(files, a_file_that_cannot_be_written_is_said, 0,
                        sizeof not_written / sizeof *not_written);
    tcase_add_loop_test(files, standard_output_that_cannot_be_written_ends_it, 0, 2);
    tcase_add_loop_test(usage, wrong_options_are_said_in_one_line, 0,
                        sizeof wrong_usage / sizeof *wrong_usage);
    return suite;
}
