/* comms-client with many streams on a terminal: the line of each interval, at any width. */
#include "test/kit/instrument.h"
#include "test/kit/programs.h"
#include "test/kit/screen.h"
#include "test/suites.h"

#include <check.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { PATIENCE_MS = 100000 }; /* with breaks, which a slow program hardly outlives */

static const char *const xterm[] = {"TERM=xterm", NULL};

static const char whole_header[] =
    "      time      live   waiting   numbers/s  breaks  resumes    late  verdict";

static struct server server;

static void set_up(void)
{
    server = server_start("stateless", "--interval", "20ms", "--drain-timeout", "0", NULL);
}

static void tear_down(void)
{
    server_stop(&server);
}

/* A client of twenty streams with this many numbers each, 20 ms apart. */
static struct program *start(struct program_spec spec, const char *numbers)
{
    char port[16];
    snprintf(port, sizeof port, "%u", server.port);
    const char *const words[] = {
        "-p",   port, "-s", "20", "-n", numbers, "-c", "4", "--interval", "20ms", "--report-every",
        "20ms", NULL};
    spec.path = programs_client_path();
    spec.arguments = words;
    return program_start_spec(&spec);
}

/* Interrupts a client that has printed this many bytes: several lines, however busy the machine. */
static void interrupt_after(struct program *client, size_t bytes)
{
    program_wait_bytes(client, PROGRAM_STDOUT, bytes);
    program_signal(client, SIGINT);
    instrument_expect_status(client, 128 + SIGINT);
}

/* What was printed from the first header up to the totals. */
static const char *lines_of(const struct program *client, const char *header, size_t *ret_length)
{
    const char *begin = strstr(program_output(client, PROGRAM_STDOUT), header);
    ck_assert_msg(begin != NULL, "%s", program_output(client, PROGRAM_STDOUT));
    const char *end = strstr(begin, "\n\nsessions");
    ck_assert_msg(end != NULL, "%s", begin);
    *ret_length = (size_t)(end - begin);
    return begin;
}

static size_t count_in(const char *text, size_t length, const char *wanted)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, wanted)) != NULL && at < text + length; at++) {
        count++;
    }
    return count;
}

static const struct {
    unsigned short columns;
    const char *header;
    const char *end; /* of each line */
} widths[] = {
    {12, "wrong", "no"},
    {29, "      time  wrong", "  0"},
    {40, "      time      live   numbers/s  wrong", "  0"},
    {60, "      time      live   waiting   numbers/s  breaks  verdict", "  ok"},
    {80, "      time      live   waiting   numbers/s  breaks  resumes    late  verdict", "  ok"},
    {105, whole_header, "  ok"},
    {200, whole_header, "  ok"},
};

START_TEST(a_line_is_redrawn_in_place_at_any_width)
{
    static struct screen screen;
    char header[128];
    size_t length;
    struct program *client = start(
        (struct program_spec){.stdout_columns = widths[_i].columns, .environment = xterm}, "60000");
    interrupt_after(client, 1000);
    snprintf(header, sizeof header, "%s\n\r", widths[_i].header);
    const char *lines = lines_of(client, header, &length);
    screen_init(&screen, widths[_i].columns);
    screen_show(&screen, lines, length);
    ck_assert_uint_eq(screen.wraps, 0);
    ck_assert_uint_eq(screen.line, 1);
    ck_assert_str_eq(screen.lines[0], widths[_i].header);
    const char *line = screen.lines[1];
    ck_assert_uint_ge(strlen(line), strlen(widths[_i].end));
    ck_assert_str_eq(line + strlen(line) - strlen(widths[_i].end), widths[_i].end);
    ck_assert_uint_ge(count_in(lines, length, "\033[K"), 5);
    instrument_expect_text(client, PROGRAM_STDOUT, "\nINTERRUPTED:");
    program_destroy(client);
}
END_TEST

/* With --csv - the text goes to standard error: that is a terminal, or it is not. */
START_TEST(text_on_standard_error_knows_its_terminal)
{
    static const char *const scripts[] = {
        "exec \"$0\" -p \"$1\" -s 20 -n 12 --interval 20ms -i 20ms --csv - 2>&1 >/dev/null",
        "exec \"$0\" -p \"$1\" -s 20 -n 12 --interval 20ms -i 20ms --csv -"};
    char port[16];
    snprintf(port, sizeof port, "%u", server.port);
    const char *const words[] = {"-c", scripts[_i], programs_client_path(), port, NULL};
    struct program *client = program_start_spec(&(struct program_spec){
        .path = "/bin/sh", .arguments = words, .environment = xterm, .stdout_columns = 60});
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    const char *text = program_output(client, _i == 0 ? PROGRAM_STDOUT : PROGRAM_STDERR);
    ck_assert_ptr_nonnull(strstr(text, _i == 0 ? widths[3].header : whole_header));
    ck_assert_msg((strstr(text, "\033[K") != NULL) == (_i == 0), "%s", text);
    program_destroy(client);
}
END_TEST

/* The terminal is made narrower and wider while it runs: each line fits the width of its time. */
START_TEST(a_resize_is_followed)
{
    static const unsigned short columns[] = {105, 40, 60};
    static struct screen screen;
    size_t begins[4] = {0};
    struct program *client =
        start((struct program_spec){.stdout_columns = columns[0], .environment = xterm}, "60000");
    for (size_t i = 1; i < 3; i++) {
        size_t now = strlen(program_output(client, PROGRAM_STDOUT));
        program_wait_bytes(client, PROGRAM_STDOUT, now + 500);
        program_resize(client, columns[i]);
    }
    interrupt_after(client, strlen(program_output(client, PROGRAM_STDOUT)) + 500);

    size_t length;
    const char *lines = lines_of(client, whole_header, &length);
    const char *narrow = strstr(lines, widths[2].header);
    const char *middle = strstr(lines, widths[3].header);
    ck_assert(narrow != NULL && middle != NULL && narrow < middle && middle < lines + length);
    begins[1] = (size_t)(narrow - lines);
    begins[2] = (size_t)(middle - lines);
    begins[3] = length;
    screen_init(&screen, columns[0]);
    for (size_t i = 0; i < 3; i++) {
        screen_resize(&screen, columns[i]);
        screen_show(&screen, lines + begins[i], begins[i + 1] - begins[i]);
        ck_assert_uint_eq(screen.wraps, 0);
        ck_assert_uint_eq(screen.line, 2 * i + (i < 2 ? 2 : 1)); /* a header and a line each */
    }
    program_destroy(client);
}
END_TEST

/* The cursor is at the beginning of a line when it ends, and the totals stand below the line. */
START_TEST(an_interrupted_run_leaves_its_last_line)
{
    static struct screen screen;
    struct program *client =
        start((struct program_spec){.stdout_columns = 105, .environment = xterm}, "60000");
    interrupt_after(client, 1000);
    const char *said = program_output(client, PROGRAM_STDOUT);
    screen_init(&screen, SCREEN_COLUMNS_MAX);
    screen_show(&screen, said, strlen(said));
    ck_assert_uint_eq(screen.column, 0);
    /* On a busy machine the line about the server may be missing. */
    const size_t at = strncmp(screen.lines[2], "the server is ", 14) == 0 ? 4 : 3;
    ck_assert_str_eq(screen.lines[at], whole_header);
    ck_assert_ptr_nonnull(strstr(screen.lines[at + 1], "  ok"));
    ck_assert_str_eq(screen.lines[at + 2], "");
    ck_assert_int_eq(strncmp(screen.lines[at + 3], "sessions    20 started", 22), 0);
    ck_assert_int_eq(strncmp(screen.lines[screen.line - 1], "INTERRUPTED: ", 13), 0);
    program_destroy(client);
}
END_TEST

/* From the first line to the proof: nothing is longer than the terminal, words are whole. Also what
 * is said of another pace than that of the server. */
START_TEST(all_that_is_said_fits_the_terminal)
{
    static const unsigned short columns[] = {80, 60, 40};
    static struct screen screen;
    char port[16];
    snprintf(port, sizeof port, "%u", server.port);
    const char *const words[] = {"-p",
                                 port,
                                 "-s",
                                 "12",
                                 "-c",
                                 "3",
                                 "-n",
                                 "60",
                                 "--interval",
                                 "40ms",
                                 "--chaos",
                                 "cut=200ms,stall=30%",
                                 "--seed",
                                 "18446744073709551615",
                                 "--stall-timeout",
                                 "500ms",
                                 "--size",
                                 "1KiB",
                                 "--duration",
                                 "1s",
                                 "--fail-on",
                                 "resume_p99>20ms",
                                 NULL};
    const struct program_spec spec = {.path = programs_client_path(),
                                      .arguments = words,
                                      .stdout_columns = columns[_i],
                                      .environment = xterm};
    struct program *client = program_start_spec(&spec);
    program_set_patience(client, PATIENCE_MS);
    instrument_expect_status(client, INSTRUMENT_FAIL_ON);
    const char *said = program_output(client, PROGRAM_STDOUT);
    screen_init(&screen, columns[_i]);
    screen_show(&screen, said, strlen(said));
    ck_assert_msg(screen.wraps == 0, "%s", said);
    program_destroy(client);
}
END_TEST

/* Neither the table of `compare` nor what stands around it is wider than the terminal. */
START_TEST(a_comparison_fits_the_terminal)
{
    static const unsigned short columns[] = {80, 60, 40};
    static struct screen screen;
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    struct program *client = client_start(server.port, "-s", "4", "-n", "20", "--interval", "20ms",
                                          "--json", path, NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    program_destroy(client);
    const char *const words[] = {
        "compare",        path, path, "--fail-on", "lateness-p99>1.5 or none", "--fail-on",
        "resume_p99>1.5", NULL};
    const struct program_spec spec = {.path = programs_client_path(),
                                      .arguments = words,
                                      .stdout_columns = columns[_i],
                                      .environment = xterm};
    client = program_start_spec(&spec);
    instrument_expect_status(client, INSTRUMENT_FAIL_ON);
    const char *said = program_output(client, PROGRAM_STDOUT);
    screen_init(&screen, columns[_i]);
    screen_show(&screen, said, strlen(said));
    ck_assert_msg(screen.wraps == 0, "%s", said);
    ck_assert_msg((strstr(said, "  A  ") != NULL) == (columns[_i] > 40), "%s", said);
    ck_assert_ptr_nonnull(strstr(said, "1.00  same\n"));
    program_destroy(client);
}
END_TEST

static const char *const plain[][3] = {
    {"TERM=dumb", NULL}, {"TERM=", NULL}, {NULL}, {"TERM=xterm", "NO_COLOR=1", NULL}};

START_TEST(plain_lines_fit_the_width_too)
{
    static struct screen screen;
    size_t length;
    struct program *client =
        start((struct program_spec){.stdout_columns = 60, .environment = plain[_i]}, "60000");
    interrupt_after(client, 1000);
    const char *said = program_output(client, PROGRAM_STDOUT);
    ck_assert_ptr_null(strpbrk(said, "\r\033"));
    const char *lines = lines_of(client, widths[3].header, &length);
    screen_init(&screen, 60);
    screen_show(&screen, lines, length);
    ck_assert_uint_eq(screen.wraps, 0);
    ck_assert_uint_ge(screen.line, 5);
    ck_assert_uint_eq(count_in(lines, length, "verdict"), 1);
    program_destroy(client);
}
END_TEST

START_TEST(a_terminal_without_a_width_takes_that_of_the_environment)
{
    static const char *const sixty[] = {"TERM=xterm", "COLUMNS=60", NULL};
    struct program_spec spec = {.stdout_is_unsized = true, .environment = _i == 0 ? xterm : sixty};
    size_t length;
    struct program *client = start(spec, "60000");
    interrupt_after(client, 1000);
    const char *lines = lines_of(client, widths[_i == 0 ? 4 : 3].header, &length);
    ck_assert_uint_ge(count_in(lines, length, "  ok"), 5);
    program_destroy(client);
}
END_TEST

Suite *instrument_terminal_suite(void)
{
    Suite *suite = suite_create("instrument-terminal");
    TCase *tcase = tcase_create("instrument-terminal");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, a_line_is_redrawn_in_place_at_any_width, 0,
                        sizeof widths / sizeof *widths);
    tcase_add_loop_test(tcase, text_on_standard_error_knows_its_terminal, 0, 2);
    tcase_add_test(tcase, a_resize_is_followed);
    tcase_add_loop_test(tcase, all_that_is_said_fits_the_terminal, 0, 3);
    tcase_add_loop_test(tcase, a_comparison_fits_the_terminal, 0, 3);
    tcase_add_test(tcase, an_interrupted_run_leaves_its_last_line);
    tcase_add_loop_test(tcase, plain_lines_fit_the_width_too, 0, sizeof plain / sizeof *plain);
    tcase_add_loop_test(tcase, a_terminal_without_a_width_takes_that_of_the_environment, 0, 2);
    return suite;
}
