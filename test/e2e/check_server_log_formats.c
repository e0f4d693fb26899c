/* The formats of comms-server's log: which it has where, and that each line keeps to it. */
#include "test/e2e/program_expectations.h"
#include "test/kit/log_lines.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLUMNS = 200, PATH_SIZE = 128, LOG_SIZE = 1 << 16, PRIORITY_LENGTH = 3 };

static const char *const formats[] = {"text", "logfmt", "json"};

/* Starts a server by a line of sh, in which "$@" is the server. */
static struct program *start_by(const char *line, const char *format, const char *variable,
                                unsigned short columns)
{
    const char *const arguments[] = {"-c",           line,   "sh",       programs_server_path(),
                                     "--port",       "0",    "--listen", "127.0.0.1",
                                     "--interval",   "0",    "--mode",   "stateful",
                                     "--log-format", format, NULL};
    const char *const environment[] = {variable, NULL};
    const struct program_spec spec = {.path = "/bin/sh",
                                      .arguments = arguments,
                                      .environment = environment,
                                      .stdout_columns = columns};
    return program_start_spec(&spec);
}

/* A client gets a session from the server, which then stops. */
static void serve_session(struct program *server)
{
    const char *line = program_wait_line(server, PROGRAM_STDOUT, "listening on 127.0.0.1:");
    expect_session("127.0.0.1", (unsigned)strtoul(strchr(line, ':') + 1, NULL, 10));
    program_signal(server, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server), 0);
}

static json_t *read_line(const char *line, size_t length, bool is_json)
{
    json_t *object =
        is_json ? log_line_read_json(line, length) : log_line_read_logfmt(line, length);
    ck_assert_msg(object != NULL, "%.*s", (int)length, line);
    return object;
}

/* All lines are in this format, behind a priority or without; one of them is `stopped`. */
static void expect_lines(const char *text, const char *format, bool have_priorities)
{
    static const char *const levels[] = {"error", "warn", "notice", "info", "debug"};
    unsigned stops = 0;
    for (size_t length; (length = strcspn(text, "\n")) > 0; text += length + 1) {
        const char *line = text;
        char level[8] = "";
        if (have_priorities) {
            ck_assert_msg(line[0] == '<' && line[1] >= '3' && line[1] <= '7' && line[2] == '>',
                          "%.*s", (int)length, line);
            line += PRIORITY_LENGTH;
        }
        if (strcmp(format, "text") == 0) {
            char event[16] = "";
            ck_assert_int_eq(sscanf(line, "%*[0-9T:.-]Z %7s %15s", level, event), 2);
            stops += strcmp(event, "stopped") == 0;
        } else {
            json_t *object =
                read_line(line, length - (size_t)(line - text), strcmp(format, "json") == 0);
            const char *event = json_string_value(json_object_get(object, "event"));
            snprintf(level, sizeof level, "%s",
                     json_string_value(json_object_get(object, "level")));
            stops += strcmp(event, "stopped") == 0;
            ck_assert(strcmp(event, "session ended") != 0 || json_object_get(object, "n") != NULL);
            json_decref(object);
        }
        ck_assert(!have_priorities || strcmp(level, levels[text[1] - '3']) == 0);
    }
    ck_assert_uint_eq(stops, 1);
}

START_TEST(each_format_is_what_its_name_says)
{
    struct program *server = start_by("exec \"$@\"", formats[_i], NULL, 0);
    serve_session(server);
    expect_lines(program_output(server, PROGRAM_STDERR), formats[_i], false);
    program_destroy(server);
}
END_TEST

START_TEST(on_a_terminal_it_is_text)
{
    struct program *server = start_by("exec \"$@\" 2>&1", "auto", NULL, COLUMNS);
    serve_session(server);
    const char *text = program_output(server, PROGRAM_STDOUT);
    ck_assert_ptr_nonnull(strstr(text, "Z notice started version="));
    ck_assert_ptr_nonnull(strstr(text, "Z info   session ended uuid="));
    ck_assert_ptr_null(strstr(text, "level="));
    program_destroy(server);
}
END_TEST

START_TEST(elsewhere_it_is_logfmt)
{
    /* Standard output is a terminal, and standard error is not. */
    struct program *server = start_by("exec \"$@\"", "auto", NULL, COLUMNS);
    serve_session(server);
    expect_lines(program_output(server, PROGRAM_STDERR), "logfmt", false);
    program_destroy(server);
}
END_TEST

/* The pipe that the test reads, as the journal. */
#define AS_JOURNAL "export JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2); "

START_TEST(in_the_journal_each_line_has_its_priority)
{
    struct program *server = start_by(AS_JOURNAL "exec \"$@\"", formats[_i], NULL, 0);
    serve_session(server);
    expect_lines(program_output(server, PROGRAM_STDERR), formats[_i], true);
    program_destroy(server);
}
END_TEST

/* The variable is inherited, and means another file. */
START_TEST(beside_the_journal_no_line_has_a_priority)
{
    struct program *server =
        start_by(AS_JOURNAL "exec 3>&2; exec \"$@\" 2>&1 >&3", "auto", NULL, 0);
    const char *line = program_wait_line(server, PROGRAM_STDERR, "listening on 127.0.0.1:");
    expect_session("127.0.0.1", (unsigned)strtoul(strchr(line, ':') + 1, NULL, 10));
    program_signal(server, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server), 0);
    expect_lines(program_output(server, PROGRAM_STDOUT), "logfmt", false);
    program_destroy(server);
}
END_TEST

/* The server says by this line why it does not start. */
static void expect_failure(const char *script, const char *format, int status, const char *said)
{
    const char *const arguments[] = {"-c",
                                     script,
                                     "sh",
                                     programs_server_path(),
                                     "--log-format",
                                     format,
                                     "--listen",
                                     "unix:/none/socket",
                                     NULL};
    struct program *server =
        program_start_spec(&(struct program_spec){.path = "/bin/sh", .arguments = arguments});
    ck_assert_int_eq(program_wait_exit(server), status);
    const char *text = program_output(server, PROGRAM_STDERR);
    ck_assert_msg(strstr(text, said) != NULL, "%s", text);
    ck_assert_uint_eq(program_count_lines(server, PROGRAM_STDERR), 1);
    if (strcmp(format, "json") == 0) {
        json_decref(read_line(text, strcspn(text, "\n"), true));
    }
    program_destroy(server);
}

START_TEST(why_it_does_not_start_is_in_the_format)
{
    expect_failure("exec \"$@\"", "text", 1,
                   "comms-server: cannot listen on unix:/none/socket: cannot lock ");
    expect_failure(AS_JOURNAL "exec \"$@\"", "text", 1, "<3>comms-server: cannot listen on ");
    expect_failure("exec \"$@\"", "auto", 1,
                   " level=error event=failed reason=\"cannot listen on unix:/none/socket: ");
    expect_failure("exec \"$@\"", "json", 1,
                   "\",\"level\":\"error\",\"event\":\"failed\",\"reason\":\"cannot listen on ");
    /* There is no format yet. */
    expect_failure("exec \"$@\"", "xml", STATUS_USAGE,
                   "comms-server: invalid --log-format 'xml': expected one of text, logfmt, json, "
                   "auto\n");
    expect_failure(AS_JOURNAL "exec \"$@\"", "xml", STATUS_USAGE,
                   "<3>comms-server: invalid --log-format");
}
END_TEST

/* Kubernetes sets the variable, and a program reads each line. */
START_TEST(a_variable_that_is_ignored_is_an_event)
{
    const char *const arguments[] = {"--listen", "unix:/none/socket", "--log-format", "json", NULL};
    const char *const environment[] = {"COMMS_PORT=tcp://10.0.0.1:1337", NULL};
    struct program *server = program_start_spec(&(struct program_spec){
        .path = programs_server_path(), .arguments = arguments, .environment = environment});
    ck_assert_int_eq(program_wait_exit(server), 1);
    const char *text = program_output(server, PROGRAM_STDERR);
    json_t *object = read_line(text, strcspn(text, "\n"), true);
    ck_assert_str_eq(json_string_value(json_object_get(object, "event")), "variable ignored");
    ck_assert_str_eq(json_string_value(json_object_get(object, "value")), "tcp://10.0.0.1:1337");
    json_decref(object);
    program_destroy(server);
}
END_TEST

static void read_log(const char *path, char text[static LOG_SIZE])
{
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    text[fread(text, 1, LOG_SIZE - 1, file)] = '\0';
    fclose(file);
}

/* As programs that rotate logs do it to a service: they move the file, and send SIGHUP. */
START_TEST(a_hangup_reopens_nothing_and_ends_nothing)
{
    static char text[LOG_SIZE];
    char folder[SCRATCH_FOLDER_SIZE];
    char variable[PATH_SIZE];
    char moved[PATH_SIZE];
    scratch_folder_make(folder, "hangup");
    snprintf(variable, sizeof variable, "LOG=%s/log", folder);
    snprintf(moved, sizeof moved, "%s/log.1", folder);
    const char *path = strchr(variable, '=') + 1;
    struct program *server = start_by("exec setsid \"$@\" 2>>\"$LOG\"", "auto", variable, 0);
    const char *line = program_wait_line(server, PROGRAM_STDOUT, "listening on 127.0.0.1:");
    const unsigned port = (unsigned)strtoul(strchr(line, ':') + 1, NULL, 10);
    ck_assert_int_eq(rename(path, moved), 0);
    program_signal(server, SIGHUP);
    expect_session("127.0.0.1", port);
    program_signal(server, SIGHUP);
    program_signal(server, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server), 0);
    ck_assert_int_ne(access(path, F_OK), 0);
    read_log(moved, text);
    expect_lines(text, "logfmt", false);
    ck_assert_ptr_nonnull(strstr(text, " event=\"signal ignored\" signal=SIGHUP\n"));
    ck_assert_ptr_nonnull(strstr(text, " event=\"session ended\" "));
    ck_assert_ptr_nonnull(strstr(text, " event=stopping signal=SIGTERM\n"));
    program_destroy(server);
    scratch_folder_remove(folder);
}
END_TEST

Suite *server_log_formats_suite(void)
{
    enum { FORMATS = sizeof formats / sizeof *formats };
    Suite *suite = suite_create("server-log-formats");
    TCase *tcase = tcase_create("server-log-formats");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, each_format_is_what_its_name_says, 0, FORMATS);
    tcase_add_test(tcase, on_a_terminal_it_is_text);
    tcase_add_test(tcase, elsewhere_it_is_logfmt);
    tcase_add_loop_test(tcase, in_the_journal_each_line_has_its_priority, 0, FORMATS);
    tcase_add_test(tcase, beside_the_journal_no_line_has_a_priority);
    tcase_add_test(tcase, why_it_does_not_start_is_in_the_format);
    tcase_add_test(tcase, a_variable_that_is_ignored_is_an_event);
    tcase_add_test(tcase, a_hangup_reopens_nothing_and_ends_nothing);
    return suite;
}
