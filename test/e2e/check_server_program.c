/* comms-server as a user meets it: the command line, the environment, what cannot be written. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "test/e2e/program_expectations.h"
#include "test/kit/loopback.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 6 };

static const char name[] = "comms-server";

START_TEST(help_and_version_are_printed)
{
    static const char *const options[] = {"--port",
                                          "--mode",
                                          "--listen",
                                          "--interval",
                                          "--session-timeout",
                                          "--max-numbers",
                                          "--max-streams",
                                          "--max-sessions",
                                          "--log-level",
                                          "--drain-timeout",
                                          "--help",
                                          "--version",
                                          NULL};
    expect_help_and_version(programs_server_path(), name, options);
}
END_TEST

/* Wrong arguments, and what the message must name. */
static const struct {
    const char *arguments[ARGUMENTS_MAX];
    const char *names;
} wrong_usage[] = {
    {{"--nothing"}, "--nothing"},
    {{"-nothing"}, "-nothing"},
    {{"word"}, "word"},
    {{"--port"}, "port"},
    {{"-port"}, "port"},
    {{"--port", ""}, "--port"},
    {{"--port", "x"}, "'x'"},
    {{"--port", "-1"}, "-1"},
    {{"--port", "80x"}, "80x"},
    {{"--port", " 80"}, "' 80'"},
    {{"--port", "65536"}, "0 to 65535"},
    {{"--port", "18446744073709551616"}, "18446744073709551616"},
    {{"--mode", "stateles"}, "stateful"},
    {{"--mode", "STATEFUL"}, "STATEFUL"},
    {{"--interval", "soon"}, "soon"},
    {{"--interval", "-1s"}, "-1s"},
    {{"--interval", "1 s"}, "1 s"},
    {{"--interval", "1sec"}, "250ms"},
    {{"--session-timeout", "x"}, "--session-timeout"},
    {{"--drain-timeout", "s"}, "--drain-timeout"},
    {{"--max-numbers", "0"}, "--max-numbers"},
    {{"--max-numbers", "16777216"}, "16777215"},
    {{"--max-streams", "0"}, "--max-streams"},
    {{"--max-connections", "0"}, "--max-connections"},
    {{"--max-sessions", "many"}, "many"},
    {{"--log-level", "loud"}, "debug"},
    {{"--listen", ""}, "--listen"},
    {{"--listen", "127.0.0.1:1337"}, "the port is given by --port"},
    {{"--listen", "http://localhost"}, "not a URL"},
    {{"--port", "0", "--help=yes"}, "help"},
    {{"--mode", "stateful\nline"}, "stateful?line"},
};

START_TEST(wrong_usage_is_one_line)
{
    const struct program_spec spec = {.path = programs_server_path(),
                                      .arguments = wrong_usage[_i].arguments};
    expect_refusal(&spec, name, STATUS_USAGE, wrong_usage[_i].names);
}
END_TEST

START_TEST(environment_sets_options_and_the_command_line_wins)
{
    uint16_t port;
    int fd = loopback_listen(0, SOCK_CLOEXEC, &port);
    ck_assert_int_ge(fd, 0);
    char variable[32];
    char number[16];
    snprintf(variable, sizeof variable, "COMMS_PORT=%u", port);
    snprintf(number, sizeof number, ":%u", port);
    const char *const environment[] = {variable, "COMMS_MODE=stateful", NULL};
    const char *const zero[] = {"-port", "0", "-listen", "127.0.0.1", NULL};
    struct program_spec spec = {.path = programs_server_path(), .environment = environment};
    expect_refusal(&spec, name, 1, number);

    spec.arguments = zero;
    struct program *program = program_start_spec(&spec);
    const char *line = program_wait_line(program, PROGRAM_STDOUT, "listening on 127.0.0.1:");
    ck_assert_ptr_nonnull(strstr(line, "(stateful)"));
    ck_assert_msg(strstr(line, number) == NULL, "%s", line);
    program_destroy(program);

    const char *const elsewhere[] = {"--listen", "192.0.2.1", NULL};
    const char *const injected[] = {"COMMS_PORT=tcp://10.0.0.1:1", "COMMS_PORT_1_TCP_PORT=1", NULL};
    spec = (struct program_spec){
        .path = programs_server_path(), .arguments = elsewhere, .environment = injected};
    program = program_start_spec(&spec);
    program_wait_line(program, PROGRAM_STDERR,
                      "warn   variable ignored variable=COMMS_PORT value=\"tcp://10.0.0.1:1\" ");
    expect_end(program, 1, "comms-server: cannot listen on 192.0.2.1:1337");
    program = program_start(programs_server_path(), "--port", "0", "--listen", "127.0.0.1",
                            "--admin", "192.0.2.1:1337", NULL);
    expect_end(program, 1, "comms-server: --admin: cannot listen on 192.0.2.1:1337");

    const char *const wrong[] = {"COMMS_PORT=banana", NULL};
    spec = (struct program_spec){.path = programs_server_path(), .environment = wrong};
    expect_refusal(&spec, name, STATUS_USAGE, "COMMS_PORT");
    close(fd);
}
END_TEST

Suite *server_program_suite(void)
{
    Suite *suite = suite_create("server-program");
    TCase *usage = tcase_create("usage");
    suite_add_tcase(suite, usage);
    tcase_set_timeout(usage, 60);
    tcase_add_test(usage, help_and_version_are_printed);
    tcase_add_loop_test(usage, wrong_usage_is_one_line, 0,
                        sizeof wrong_usage / sizeof *wrong_usage);
    tcase_add_test(usage, environment_sets_options_and_the_command_line_wins);
    return suite;
}
