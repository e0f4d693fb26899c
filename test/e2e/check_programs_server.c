/*
 * comms-server as a user meets it: options, addresses, signals, limits. The protocol itself is
 * crosscheck.py's.
 */
#define _GNU_SOURCE
#include "test/kit/programs.h"
#include "test/suites.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_USAGE = 64, ARGUMENTS_MAX = 6 };

/* Runs a server that must not start: its status, one line on stderr that has this text, nothing on
 * stdout. */
static void expect_refusal(const struct program_spec *spec, int status, const char *text)
{
    struct program *program = program_start_spec(spec);
    ck_assert_int_eq(program_wait_exit(program), status);
    const char *said = program_output(program, PROGRAM_STDERR);
    ck_assert_msg(program_count_lines(program, PROGRAM_STDERR) == 1, "one line: %s", said);
    ck_assert_msg(strncmp(said, "comms-server: ", 14) == 0, "its name first: %s", said);
    ck_assert_msg(strstr(said, text) != NULL, "no \"%s\" in: %s", text, said);
    ck_assert_str_eq(program_output(program, PROGRAM_STDOUT), "");
    program_destroy(program);
}

START_TEST(help_and_version_are_printed)
{
    struct program *help = program_start(programs_server_path(), "--help", NULL);
    ck_assert_int_eq(program_wait_exit(help), 0);
    static const char *const options[] = {
        "--port",        "--mode",        "--listen",       "--interval",  "--session-timeout",
        "--max-numbers", "--max-streams", "--max-sessions", "--log-level", "--drain-timeout",
        "--help",        "--version",
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        ck_assert_msg(strstr(program_output(help, PROGRAM_STDOUT), options[i]) != NULL,
                      "--help does not name %s", options[i]);
    }
    ck_assert_str_eq(program_output(help, PROGRAM_STDERR), "");
    program_destroy(help);

    struct program *version = program_start(programs_server_path(), "-version", NULL);
    ck_assert_int_eq(program_wait_exit(version), 0);
    ck_assert_uint_eq(program_count_lines(version, PROGRAM_STDOUT), 1);
    ck_assert_ptr_nonnull(strstr(program_output(version, PROGRAM_STDOUT),
                                 "comms-server " COMMS_VERSION " (gRPC C core "));
    program_destroy(version);
}
END_TEST

/* What is wrong, and what the line must name. */
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
    {{"--max-sessions", "many"}, "many"},
    {{"--log-level", "loud"}, "debug"},
    {{"--listen", ""}, "--listen"},
    {{"--port", "0", "--help=yes"}, "help"},
    {{"--mode", "stateful\nline"}, "stateful?line"},
};

START_TEST(wrong_usage_is_one_line)
{
    const struct program_spec spec = {.path = programs_server_path(),
                                      .arguments = wrong_usage[_i].arguments};
    expect_refusal(&spec, EXIT_USAGE, wrong_usage[_i].names);
}
END_TEST

/* A TCP port of 127.0.0.1 that is in use while the socket is open. */
static int port_occupy(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

START_TEST(environment_sets_options_and_the_command_line_wins)
{
    uint16_t port;
    int fd = port_occupy(&port);
    char variable[32];
    char number[16];
    snprintf(variable, sizeof variable, "COMMS_PORT=%u", port);
    snprintf(number, sizeof number, ":%u", port);
    const char *const environment[] = {variable, "COMMS_MODE=stateful", NULL};
    const char *const nothing[] = {NULL};
    const char *const zero[] = {"-port", "0", "-listen", "127.0.0.1", NULL};
    struct program_spec spec = {
        .path = programs_server_path(), .arguments = nothing, .environment = environment};
    expect_refusal(&spec, 1, number);

    spec.arguments = zero;
    struct program *program = program_start_spec(&spec);
    const char *line = program_wait_line(program, PROGRAM_STDOUT, "listening on 127.0.0.1:");
    ck_assert_ptr_nonnull(strstr(line, "(stateful)"));
    ck_assert_msg(strstr(line, number) == NULL, "%s", line);
    program_destroy(program);

    const char *const wrong[] = {"COMMS_PORT=banana", NULL};
    spec = (struct program_spec){
        .path = programs_server_path(), .arguments = nothing, .environment = wrong};
    expect_refusal(&spec, EXIT_USAGE, "COMMS_PORT");
    close(fd);
}
END_TEST

/* A session of five numbers against a target, proven right. */
static void expect_serves(const char *host, unsigned port)
{
    char number[16];
    snprintf(number, sizeof number, "%u", port);
    struct program *client = program_start(programs_client_path(), "--host", host, "-p", number,
                                           "-m", "stateful", "--numbers", "5", NULL);
    int status = program_wait_exit(client);
    ck_assert_msg(status == 0, "%s\n%s", program_output(client, PROGRAM_STDOUT),
                  program_output(client, PROGRAM_STDERR));
    ck_assert(program_has_line(client, PROGRAM_STDOUT, "Checksum is valid: true"));
    program_destroy(client);
}

START_TEST(a_port_in_use_is_refused_and_its_server_goes_on)
{
    struct server server = server_start("stateful", "--interval", "0", NULL);
    char number[16];
    char named[32];
    snprintf(number, sizeof number, "%u", server.port);
    snprintf(named, sizeof named, "127.0.0.1:%u", server.port);
    const char *const arguments[] = {"--listen", "127.0.0.1", "--port", number, NULL};
    struct program_spec spec = {.path = programs_server_path(), .arguments = arguments};
    expect_refusal(&spec, 1, named);
    expect_refusal(&spec, 1, "in use");
    const char *const nowhere[] = {"--listen", "192.0.2.1", "--port", "0", NULL};
    spec.arguments = nowhere;
    expect_refusal(&spec, 1, "192.0.2.1");
    expect_serves("127.0.0.1", server.port);
    server_stop(&server);
}
END_TEST

START_TEST(output_that_cannot_be_written_ends_the_server)
{
    const char *const arguments[] = {"--port", "0", NULL};
    const struct program_spec spec = {
        .path = programs_server_path(), .arguments = arguments, .stdout_path = "/dev/full"};
    struct program *program = program_start_spec(&spec);
    ck_assert_int_eq(program_wait_exit(program), 1);
    ck_assert_ptr_nonnull(strstr(program_output(program, PROGRAM_STDERR), "No space left"));
    program_destroy(program);
}
END_TEST

static bool have_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool have = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return have;
}

/* The port in a line that must begin so. */
static uint16_t wait_port(struct program *program, const char *beginning)
{
    uint64_t port = 0;
    const char *line = program_wait_line(program, PROGRAM_STDOUT, beginning);
    const char *at = strrchr(line, ':');
    ck_assert_msg(strncmp(line, beginning, strlen(beginning)) == 0, "%s", line);
    ck_assert_msg(at != NULL && output_skip(&at, ":") && output_read_number(&at, &port), "%s",
                  line);
    ck_assert_str_eq(at, " (stateful)");
    ck_assert_uint_ne(port, 0);
    return (uint16_t)port;
}

START_TEST(by_default_it_listens_on_both_loopbacks)
{
    struct program *program = program_start(programs_server_path(), "--port", "0", "--mode",
                                            "stateful", "--interval", "0", NULL);
    uint16_t port = wait_port(program, "listening on 127.0.0.1:");
    expect_serves("127.0.0.1", port);
    if (have_ipv6()) {
        ck_assert_uint_eq(wait_port(program, "listening on [::1]:"), port);
        expect_serves("::1", port);
    }
    program_signal(program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(program), 0);
    program_destroy(program);
}
END_TEST

START_TEST(it_listens_where_it_is_told)
{
    const char *const second = have_ipv6() ? "::1" : "127.0.0.3";
    struct program *program =
        program_start(programs_server_path(), "--port", "0", "--mode=stateful", "-interval", "0",
                      "--listen", "127.0.0.2", "--listen", second, NULL);
    expect_serves("127.0.0.2", wait_port(program, "listening on 127.0.0.2:"));
    expect_serves(second, wait_port(program, have_ipv6() ? "listening on [::1]:"
                                                         : "listening on 127.0.0.3:"));
    program_signal(program, SIGINT);
    ck_assert_int_eq(program_wait_exit(program), 0);
    program_destroy(program);

    program = program_start(programs_server_path(), "-p", "0", "-m", "stateful", "--interval", "0",
                            "--listen", "localhost", NULL);
    const char *line = program_wait_line(program, PROGRAM_STDOUT, "listening on ");
    const char *at = strrchr(line, ':');
    uint64_t port = 0;
    ck_assert(at != NULL && output_skip(&at, ":") && output_read_number(&at, &port));
    expect_serves(line[strlen("listening on ")] == '[' ? "::1" : "127.0.0.1", (unsigned)port);
    program_signal(program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(program), 0);
    program_destroy(program);
}
END_TEST

START_TEST(a_unix_socket_has_one_server)
{
    char directory[] = "/tmp/comms-check-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(directory));
    char target[64];
    char line[96];
    snprintf(target, sizeof target, "unix:%s/socket", directory);
    snprintf(line, sizeof line, "listening on %s (stateful)", target);
    const char *path = target + strlen("unix:");
    const char *const arguments[] = {"--listen",   target, "-mode", "stateful",
                                     "--interval", "0",    NULL};
    const struct program_spec spec = {.path = programs_server_path(), .arguments = arguments};

    struct program *first = program_start_spec(&spec);
    program_wait_line(first, PROGRAM_STDOUT, line);
    expect_refusal(&spec, 1, target);
    expect_serves(target, 1);
    program_signal(first, SIGKILL);
    program_wait_exit(first);
    program_destroy(first);

    ck_assert_msg(access(path, F_OK) == 0, "the killed server left no socket");
    struct program *second = program_start_spec(&spec);
    program_wait_line(second, PROGRAM_STDOUT, line);
    expect_serves(target, 1);
    program_signal(second, SIGTERM);
    ck_assert_int_eq(program_wait_exit(second), 0);
    program_destroy(second);
    ck_assert_msg(access(path, F_OK) != 0, "the socket is still there");

    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    expect_refusal(&spec, 1, target);
    ck_assert_msg(access(path, F_OK) == 0, "a file that is no socket was removed");
    unlink(path);
    snprintf(line, sizeof line, "%s.lock", path);
    unlink(line);
    ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

START_TEST(a_signal_ends_it_with_0)
{
    struct server server = server_start("stateless", NULL);
    program_signal(server.program, _i == 0 ? SIGTERM : SIGINT);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    program_destroy(server.program);
}
END_TEST

START_TEST(draining_lets_a_session_finish)
{
    struct server server = server_start("stateful", "--interval", "50ms", NULL);
    struct program *client = client_start(server.port, "-m", "stateful", "--numbers", "12", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 2");
    server_stop(&server);
    ck_assert_int_eq(program_wait_exit(client), 0);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR), "");
    program_destroy(client);
}
END_TEST

START_TEST(draining_ends_what_cannot_finish)
{
    static const char *const modes[] = {"stateless", "stateful"};
    struct server server =
        server_start(modes[_i], "--interval", "20ms", "--drain-timeout", "200ms", NULL);
    struct program *client = client_start(server.port, "-m", modes[_i], "--numbers", "4000", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 2");
    server_stop(&server);
    program_wait_line(client, PROGRAM_STDERR, "UNAVAILABLE: server is shutting down");
    program_destroy(client);
}
END_TEST

START_TEST(a_second_signal_ends_it_at_once)
{
    struct server server = server_start("stateful", "--drain-timeout", "10m", NULL);
    struct program *client = client_start(server.port, "-m", "stateful", "--numbers", "300", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 1");
    program_signal(server.program, SIGTERM);
    program_wait_line(server.program, PROGRAM_STDERR, "stopping");
    server_stop(&server); /* which waits much shorter than the 300 s that the session takes */
    program_wait_line(client, PROGRAM_STDERR, "UNAVAILABLE: server is shutting down");
    program_destroy(client);
}
END_TEST

/* Two clients fill the server; a third one is told why not, and they do not notice. */
static void expect_limit(struct server *server, const char *text)
{
    struct program *there[2];
    for (size_t i = 0; i < 2; i++) {
        there[i] = client_start(server->port, "-m", "stateful", "--numbers", "60", NULL);
        program_wait_line(there[i], PROGRAM_STDOUT, "Count: 1");
    }
    struct program *newcomer = client_start(server->port, "-m", "stateful", "--numbers", "1", NULL);
    program_wait_line(newcomer, PROGRAM_STDERR, text);
    program_destroy(newcomer);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(program_wait_exit(there[i]), 0);
        ck_assert(program_has_line(there[i], PROGRAM_STDOUT, "Checksum is valid: true"));
        ck_assert_str_eq(program_output(there[i], PROGRAM_STDERR), "");
        program_destroy(there[i]);
    }
}

START_TEST(limits_refuse_the_newcomer)
{
    struct server streams =
        server_start("stateful", "--max-streams", "2", "--interval", "20ms", NULL);
    expect_limit(&streams, "RESOURCE_EXHAUSTED: too many streams");
    expect_serves("127.0.0.1", streams.port);
    server_stop(&streams);

    struct server sessions =
        server_start("stateful", "--max-sessions", "2", "--interval", "20ms", NULL);
    expect_limit(&sessions, "RESOURCE_EXHAUSTED: too many sessions");
    server_stop(&sessions);

    struct server numbers = server_start("stateful", "--max-numbers", "4", "--interval", "0", NULL);
    struct program *client = client_start(numbers.port, "-m", "stateful", "--numbers", "5", NULL);
    ck_assert_int_eq(program_wait_exit(client), 3);
    ck_assert_ptr_nonnull(strstr(program_output(client, PROGRAM_STDERR), "invalid n value"));
    program_destroy(client);
    server_stop(&numbers);
}
END_TEST

START_TEST(the_log_level_chooses)
{
    static const char *const levels[] = {"error", "info", "debug"};
    static const char uuid[] = "a17417a0-aa39-40b5-8675-247713cc4908";
    struct server server =
        server_start("stateful", "--interval", "0", "--log-level", levels[_i], NULL);
    struct program *client = client_start(server.port, "-m", "stateful-test", NULL);
    ck_assert_int_eq(program_wait_exit(client), 0);
    program_destroy(client);
    program_signal(server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    const char *log = program_output(server.program, PROGRAM_STDERR);
    ck_assert_msg((strstr(log, uuid) != NULL) == (_i >= 1), "%s", log);
    ck_assert_msg((strstr(log, "3856042040") != NULL) == (_i >= 2), "%s", log);
    ck_assert_msg(_i > 0 || *log == '\0', "%s", log);
    program_destroy(server.program);
}
END_TEST

Suite *server_program_suite(void)
{
    Suite *suite = suite_create("server-program");
    TCase *usage = tcase_create("usage");
    TCase *addresses = tcase_create("addresses");
    TCase *running = tcase_create("running");
    suite_add_tcase(suite, usage);
    suite_add_tcase(suite, addresses);
    suite_add_tcase(suite, running);
    tcase_set_timeout(usage, 60);
    tcase_set_timeout(addresses, 60);
    tcase_set_timeout(running, 60);
    tcase_add_test(usage, help_and_version_are_printed);
    tcase_add_loop_test(usage, wrong_usage_is_one_line, 0,
                        sizeof wrong_usage / sizeof *wrong_usage);
    tcase_add_test(usage, environment_sets_options_and_the_command_line_wins);
    tcase_add_test(usage, output_that_cannot_be_written_ends_the_server);
    tcase_add_test(addresses, a_port_in_use_is_refused_and_its_server_goes_on);
    tcase_add_test(addresses, by_default_it_listens_on_both_loopbacks);
    tcase_add_test(addresses, it_listens_where_it_is_told);
    tcase_add_test(addresses, a_unix_socket_has_one_server);
    tcase_add_loop_test(running, a_signal_ends_it_with_0, 0, 2);
    tcase_add_test(running, draining_lets_a_session_finish);
    tcase_add_loop_test(running, draining_ends_what_cannot_finish, 0, 2);
    tcase_add_test(running, a_second_signal_ends_it_at_once);
    tcase_add_test(running, limits_refuse_the_newcomer);
    tcase_add_loop_test(running, the_log_level_chooses, 0, 3);
    return suite;
}
