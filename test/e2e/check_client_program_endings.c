/* How comms-client with one session ends: used wrongly, refused, alone, interrupted. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "test/e2e/program_expectations.h"
#include "test/kit/loopback.h"
#include "test/suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STATUS_UNREACHABLE = 2, STATUS_REFUSED = 3 };
enum { ARGUMENTS_MAX = 6 };

static const char name[] = "comms-client";

/* Wrong arguments, and what the message must name. */
static const struct {
    const char *arguments[ARGUMENTS_MAX];
    const char *names;
} wrong_usage[] = {
    {{"--nothing"}, "--nothing"},
    {{"--port", "x"}, "'x'"},
    {{"--port", "0"}, "--port"},
    {{"--port"}, "port"},
    {{"--host", "127.0.0.1:66873"}, "expected a port from 1 to 65535"},
    {{"--host", "http://127.0.0.1:1337"}, "expected HOST or HOST:PORT"},
    {{"--host", "127.0.0.1:1", "--port", "2"}, "the port is given twice"},
    {{"--mode", "stateles", "5"}, "stateful-test-reconnect"},
    {{"--uuid", "nobody", "-m", "stateful"}, "nobody"},
    {{"--numbers", "0", "-m", "stateful"}, "--numbers"},
    {{"--numbers", "many"}, "many"},
    {{"--retry-timeout", "later", "5"}, "later"},
    {{"-m", "stateless", "0"}, "65535"},
    {{"-m", "stateless", "65536"}, "65535"},
    {{"-m", "stateless", "five"}, "five"},
    {{"-m", "stateless", "5", "6"}, "6"},
    {{"-m", "stateful-test-reconnect"}, "LAST"},
    {{"-m", "stateful-test-reconnect", "4294967296"}, "4294967296"},
    {{"-m", "stateful-test-reconnect", "-1"}, "1"},
};

START_TEST(wrong_usage_is_one_line)
{
    const struct program_spec spec = {.path = programs_client_path(),
                                      .arguments = wrong_usage[_i].arguments};
    expect_refusal(&spec, name, STATUS_USAGE, wrong_usage[_i].names);
}
END_TEST

START_TEST(no_server_ends_the_run_at_once)
{
    uint16_t port;
    int fd = loopback_reserve(SOCK_CLOEXEC, &port);
    ck_assert_int_ge(fd, 0);
    struct program *client =
        client_start(port, "-m", "stateless", "5", "--retry-timeout", "10m", NULL);
    expect_end(client, STATUS_UNREACHABLE,
               "comms-client: gave up after 0 of 5 numbers: UNAVAILABLE: connection refused (127.");
    close(fd);
}
END_TEST

/* It does not come by waiting, unless --retry-connect says so. */
START_TEST(a_missing_socket_ends_the_run_at_once)
{
    struct program *client =
        program_start(programs_client_path(), "--host", "unix:/nowhere/comms.sock",
                      "--retry-timeout", "10m", "5", NULL);
    expect_end(client, STATUS_UNREACHABLE,
               "0 of 5 numbers: UNAVAILABLE: no such socket (unix:/nowhere/comms.sock)\n");
}
END_TEST

/* The end says why there was no connection. */
START_TEST(a_silent_peer_is_said)
{
    static const char *const ways[] = {"--retry-connect", "--tls"};
    static const char *const words[] = {
        "UNAVAILABLE: connected, but no HTTP/2 came within 0.4 s (127.",
        "UNAVAILABLE: no answer to the TLS handshake within 0.4 s (127."};
    uint16_t port;
    int fd = loopback_reserve(SOCK_CLOEXEC, &port);
    ck_assert_int_eq(listen(fd, 9), 0); /* the kernel takes the connections */
    struct program *client = client_start(port, "5", "--connect-timeout", "400ms",
                                          "--retry-timeout", "1500ms", ways[_i], NULL);
    expect_end(client, STATUS_UNREACHABLE, words[_i]);
    close(fd);
}
END_TEST

START_TEST(no_server_is_said_and_retried)
{
    uint16_t port;
    int fd = loopback_reserve(SOCK_CLOEXEC, &port);
    ck_assert_int_ge(fd, 0);
    struct program *client = client_start(port, "-m", "stateless", "5", "--retry-timeout", "2s",
                                          "--retry-connect", NULL);
    const char *line = program_wait_line(client, PROGRAM_STDERR, "retrying in ");
    ck_assert_ptr_nonnull(strstr(line, "UNAVAILABLE"));
    const char *delay = strstr(line, "retrying in ");
    uint64_t tenths = 0;
    ck_assert(output_skip(&delay, "retrying in 0.") && output_read_number(&delay, &tenths));
    ck_assert_msg(tenths >= 4 && tenths <= 6, "500 ms, give or take a fifth: %s", line);
    ck_assert_str_eq(delay, " s");
    expect_end(client, STATUS_UNREACHABLE, "UNAVAILABLE");
    close(fd);
}
END_TEST

/* An original server ends the stream with OK after it has said what was wrong. */
START_TEST(a_refusal_is_said_and_not_retried)
{
    const char *error_status = _i == 0 ? "grpc" : "ok";
    struct server stateful =
        server_start("stateful", "--interval", "20ms", "--error-status", error_status, NULL);
    struct server stateless = server_start("stateless", "--error-status", error_status, NULL);
    expect_end(client_start(stateful.port, "-m", "stateful-test-reconnect", "2229533162", NULL),
               STATUS_REFUSED, "uuid has no session");
    /* Its second number comes after 100 s: it has the session until another client takes it over.
     */
    struct program *first =
        client_start(stateful.port, "-m", "stateful-test", "--rate", "0.01", NULL);
    program_wait_line(first, PROGRAM_STDOUT, "Count: 1");
    expect_end(client_start(stateful.port, "-m", "stateful-test", NULL), STATUS_REFUSED,
               "uuid already taken");
    expect_end(client_start(stateful.port, "-m", "stateful-test-reconnect", "1", NULL),
               STATUS_REFUSED, "wrong last number");
    expect_end(client_start(stateful.port, "-m", "stateless", "5", NULL), STATUS_REFUSED,
               "the server is stateful");
    expect_end(client_start(stateless.port, "-m", "stateful-test", NULL), STATUS_REFUSED,
               "the server is stateless");

    struct program *second =
        client_start(stateful.port, "-m", "stateful-test-reconnect", "3856042040", NULL);
    expect_end(first, STATUS_REFUSED, "session continued on another stream");
    ck_assert_int_eq(program_wait_exit(second), 0);
    ck_assert(program_has_line(second, PROGRAM_STDOUT, "Count set to: 1"));
    program_destroy(second);
    server_stop(&stateful);
    server_stop(&stateless);
}
END_TEST

START_TEST(a_session_lost_with_its_server_is_said)
{
    struct server server = server_start_held("stateful", "--interval", "20ms", NULL);
    struct program *client = client_start(server.port, "-m", "stateful", "--numbers", "4000", NULL);
    uint16_t port = server.port;
    program_wait_line(client, PROGRAM_STDOUT, "Count: 3");
    server_kill(&server);
    program_wait_line(client, PROGRAM_STDERR, "retrying");
    server = server_start_port("stateful", port, NULL);
    expect_end(client, STATUS_REFUSED, "uuid has no session");
    server_stop(&server);
}
END_TEST

START_TEST(interrupting_prints_what_there_was)
{
    static const char *const modes[] = {"stateless", "stateful"};
    struct server server =
        server_start(modes[_i], "--interval", "20ms", "--drain-timeout", "0", NULL);
    struct program *client = client_start(server.port, "-m", modes[_i], "--numbers", "4000", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 3");
    program_signal(client, SIGINT);
    ck_assert_int_eq(program_wait_exit(client), 128 + SIGINT);
    const char *text = program_output(client, PROGRAM_STDOUT);
    ck_assert_msg(text[strlen(text) - 1] == '\n', "its last line is not whole: %s", text);
    ck_assert_msg(strstr(text, "true") == NULL, "%s", text);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

START_TEST(interrupting_ends_the_waiting_for_a_server)
{
    uint16_t port;
    int fd = loopback_reserve(SOCK_CLOEXEC, &port);
    ck_assert_int_ge(fd, 0);
    struct program *client = client_start(port, "-m", "stateless", "5", "--retry-timeout", "10m",
                                          "--retry-connect", NULL);
    program_wait_line(client, PROGRAM_STDERR, "retrying in ");
    expect_end_by(client, SIGINT, 128 + SIGINT);
    close(fd);
}
END_TEST

START_TEST(output_that_cannot_be_written_is_said)
{
    struct server server = server_start("stateful", "--interval", "0", NULL);
    char port[16];
    snprintf(port, sizeof port, "%u", server.port);
    const char *const arguments[] = {"--host", "127.0.0.1",     "-p", port,
                                     "-m",     "stateful-test", NULL};
    const struct program_spec spec = {
        .path = programs_client_path(), .arguments = arguments, .stdout_path = "/dev/full"};
    expect_refusal(&spec, name, STATUS_NOT_WRITTEN, "No space left on device");
    server_stop(&server);
}
END_TEST

Suite *client_program_endings_suite(void)
{
    Suite *suite = suite_create("client-program-endings");
    TCase *endings = tcase_create("endings");
    suite_add_tcase(suite, endings);
    tcase_set_timeout(endings, 60);
    tcase_add_loop_test(endings, wrong_usage_is_one_line, 0,
                        sizeof wrong_usage / sizeof *wrong_usage);
    tcase_add_test(endings, no_server_ends_the_run_at_once);
    tcase_add_test(endings, a_missing_socket_ends_the_run_at_once);
    tcase_add_loop_test(endings, a_silent_peer_is_said, 0, 2);
    tcase_add_test(endings, no_server_is_said_and_retried);
    tcase_add_loop_test(endings, a_refusal_is_said_and_not_retried, 0, 2);
    tcase_add_test(endings, a_session_lost_with_its_server_is_said);
    tcase_add_loop_test(endings, interrupting_prints_what_there_was, 0, 2);
    tcase_add_test(endings, interrupting_ends_the_waiting_for_a_server);
    tcase_add_test(endings, output_that_cannot_be_written_is_said);
    return suite;
}
