/*
 * comms-client as a user meets it: what it prints, how it ends. What it does about broken
 * connections is check_faults.c's.
 */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EXIT_VIOLATED = 1,
    EXIT_UNREACHED = 2,
    EXIT_REFUSED = 3,
    EXIT_USAGE = 64,
    EXIT_NOT_WRITTEN = 74
};
enum { ARGUMENTS_MAX = 6 };

static const char test_numbers[] = "Response: 3856042040 | Count: 1\n"
                                   "Response: 2229533162 | Count: 2\n"
                                   "Response: 2921788346 | Count: 3\n"
                                   "Response: 3326752945 | Count: 4\n"
                                   "Response: 1636162733 | Count: 5\n"
                                   "Checksum: 121722\n"
                                   "Checksum is valid: true\n";

static const char test_uuid[] = "a17417a0-aa39-40b5-8675-247713cc4908";

/* The client's whole output must be this, and its status 0. */
static void expect_output(struct program *client, const char *wanted)
{
    int status = program_wait_exit(client);
    ck_assert_msg(status == 0, "%d: %s", status, program_output_end(client, PROGRAM_STDERR));
    ck_assert_str_eq(program_output(client, PROGRAM_STDOUT), wanted);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR), "");
    program_destroy(client);
}

/* It must end so, with this said on stderr. */
static void expect_end(struct program *client, int status, const char *text)
{
    int got = program_wait_exit(client);
    const char *said = program_output_end(client, PROGRAM_STDERR);
    ck_assert_msg(got == status, "status %d instead of %d: %s", got, status, said);
    ck_assert_msg(strstr(said, text) != NULL, "no \"%s\" in: %s", text, said);
    program_destroy(client);
}

START_TEST(stateful_test_prints_what_the_original_prints)
{
    char wanted[512];
    struct server server = server_start("stateful", "--interval", "0", NULL);
    snprintf(wanted, sizeof wanted, "Mode: stateful-test\nPort: %u\nN: 5\nUUID: %s\n%s",
             server.port, test_uuid, test_numbers);
    expect_output(client_start(server.port, "-m", "stateful-test", NULL), wanted);
    server_stop(&server);
}
END_TEST

START_TEST(stateful_test_reconnect_goes_on_for_a_killed_client)
{
    char wanted[512];
    struct server server = server_start("stateful", "--interval", "50ms", NULL);
    struct program *first = client_start(server.port, "-m", "stateful-test", NULL);
    program_wait_line(first, PROGRAM_STDOUT, "Response: 2229533162 | Count: 2");
    program_destroy(first);
    snprintf(wanted, sizeof wanted,
             "Mode: stateful-test-reconnect\nPort: %u\nN: 5\nUUID: %s\n"
             "Count set to: 2\nChecksum set to: 58594\n%s",
             server.port, test_uuid, strstr(test_numbers, "Response: 2921788346"));
    expect_output(client_start(server.port, "-m", "stateful-test-reconnect", "2229533162", NULL),
                  wanted);
    server_stop(&server);
}
END_TEST

START_TEST(stateless_prints_its_sum)
{
    enum { N = 100 }; /* past 2^64 */
    char beginning[64];
    char ending[64];
    struct server server = server_start("stateless", "--interval", "0", NULL);
    struct program *client = client_start(server.port, "-m", "stateless", "100", NULL);
    ck_assert_int_eq(program_wait_exit(client), 0);
    const char *text = program_output(client, PROGRAM_STDOUT);
    snprintf(beginning, sizeof beginning, "Mode: stateless\nPort: %u\nN: %d\n", server.port, N);
    ck_assert_msg(strncmp(text, beginning, strlen(beginning)) == 0, "%.60s", text);
    text += strlen(beginning);
    uint64_t last = 0;
    uint64_t sum = 0;
    for (uint64_t k = 1; k <= N; k++) {
        uint64_t number = 0;
        uint64_t count = 0;
        ck_assert(output_skip(&text, "Response: ") && output_read_number(&text, &number));
        ck_assert(output_skip(&text, " | Count: ") && output_read_number(&text, &count));
        ck_assert(output_skip(&text, "\n"));
        ck_assert_uint_eq(count, k);
        ck_assert(k == 1 ? number >= 1 && number <= 255 : number == last * 3);
        last = number;
        sum += number;
    }
    snprintf(ending, sizeof ending, "Sum: %" PRIu64 "\nTest passed: true\n", sum);
    ck_assert_str_eq(text, ending);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

/* The number in the first line that begins so. */
static unsigned long printed_number(const struct program *client, const char *beginning)
{
    const char *line = strstr(program_output(client, PROGRAM_STDOUT), beginning);
    ck_assert_ptr_nonnull(line);
    return strtoul(line + strlen(beginning), NULL, 10);
}

START_TEST(stateful_chooses_a_session_or_takes_the_one_given)
{
    char last[64];
    struct server server = server_start("stateful", "--interval", "0", NULL);
    char uuids[2][40] = {"", ""};
    for (int i = 0; i < 2; i++) {
        struct program *client = client_start(server.port, "-m", "stateful", NULL);
        ck_assert_int_eq(program_wait_exit(client), 0);
        unsigned long n = printed_number(client, "\nN: ");
        ck_assert_uint_ge(n, 1);
        ck_assert_uint_le(n, 4095);
        snprintf(last, sizeof last, " | Count: %lu\nChecksum: ", n);
        ck_assert_ptr_nonnull(strstr(program_output(client, PROGRAM_STDOUT), last));
        const char *uuid = strstr(program_output(client, PROGRAM_STDOUT), "\nUUID: ");
        ck_assert_ptr_nonnull(uuid);
        snprintf(uuids[i], sizeof uuids[i], "%.36s", uuid + strlen("\nUUID: "));
        program_destroy(client);
    }
    ck_assert_str_ne(uuids[0], uuids[1]);

    char wanted[512];
    snprintf(wanted, sizeof wanted, "Mode: stateful\nPort: %u\nN: 5\nUUID: %s\n%s", server.port,
             test_uuid, test_numbers);
    expect_output(client_start(server.port, "-m", "stateful", "--numbers", "5", "--uuid",
                               "{A17417A0-AA39-40B5-8675-247713CC4908}", NULL),
                  wanted);
    struct program *all = client_start(server.port, "-mode", "stateful", "-numbers=65535", NULL);
    ck_assert_int_eq(program_wait_exit(all), 0);
    ck_assert(program_has_line(all, PROGRAM_STDOUT, "Checksum is valid: true"));
    program_destroy(all);
    server_stop(&server);
}
END_TEST

START_TEST(quiet_leaves_the_numbers_out)
{
    struct server server = server_start("stateful", "--interval", "0", NULL);
    struct program *client = client_start(server.port, "-m", "stateful-test", "--quiet", NULL);
    ck_assert_int_eq(program_wait_exit(client), 0);
    ck_assert_ptr_null(strstr(program_output(client, PROGRAM_STDOUT), "Response"));
    ck_assert(program_has_line(client, PROGRAM_STDOUT, "Checksum is valid: true"));
    program_destroy(client);
    server_stop(&server);
}
END_TEST

START_TEST(help_and_version_are_printed)
{
    static const char *const options[] = {"--port", "--mode",          "--host",
                                          "--uuid", "--numbers",       "--quiet",
                                          "--help", "--retry-timeout", "--version"};
    struct program *help = program_start(programs_client_path(), "--help", NULL);
    ck_assert_int_eq(program_wait_exit(help), 0);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        ck_assert_msg(strstr(program_output(help, PROGRAM_STDOUT), options[i]) != NULL,
                      "--help does not name %s", options[i]);
    }
    program_destroy(help);
    struct program *version = program_start(programs_client_path(), "--version", NULL);
    ck_assert_int_eq(program_wait_exit(version), 0);
    ck_assert_ptr_nonnull(strstr(program_output(version, PROGRAM_STDOUT),
                                 "comms-client " COMMS_VERSION " (gRPC C core "));
    program_destroy(version);
}
END_TEST

/* What is wrong, and what the line must name. */
static const struct {
    const char *arguments[ARGUMENTS_MAX];
    const char *names;
} wrong_usage[] = {
    {{"--nothing"}, "--nothing"},
    {{"--port", "x"}, "'x'"},
    {{"--port", "0"}, "--port"},
    {{"--port"}, "port"},
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
    struct program *client = program_start_spec(&spec);
    ck_assert_int_eq(program_wait_exit(client), EXIT_USAGE);
    const char *said = program_output(client, PROGRAM_STDERR);
    ck_assert_msg(program_count_lines(client, PROGRAM_STDERR) == 1, "one line: %s", said);
    ck_assert_msg(strncmp(said, "comms-client: ", 14) == 0, "its name first: %s", said);
    ck_assert_msg(strstr(said, wrong_usage[_i].names) != NULL, "no \"%s\" in: %s",
                  wrong_usage[_i].names, said);
    ck_assert_str_eq(program_output(client, PROGRAM_STDOUT), "");
    program_destroy(client);
}
END_TEST

/* A port where nobody listens as long as the socket is open. */
static int port_reserve(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

START_TEST(no_server_is_said_and_retried)
{
    uint16_t port;
    int fd = port_reserve(&port);
    struct program *client =
        client_start(port, "-m", "stateless", "5", "--retry-timeout", "1s", NULL);
    const char *line = program_wait_line(client, PROGRAM_STDERR, "retrying in ");
    ck_assert_ptr_nonnull(strstr(line, "UNAVAILABLE"));
    const char *delay = strstr(line, "retrying in ");
    uint64_t tenths = 0;
    ck_assert(output_skip(&delay, "retrying in 0.") && output_read_number(&delay, &tenths));
    ck_assert_msg(tenths >= 4 && tenths <= 6, "500 ms, give or take a fifth: %s", line);
    ck_assert_str_eq(delay, " s");
    expect_end(client, EXIT_UNREACHED, "UNAVAILABLE");
    close(fd);
}
END_TEST

START_TEST(a_refusal_is_said_and_not_retried)
{
    struct server stateful = server_start("stateful", NULL);
    struct server stateless = server_start("stateless", NULL);
    expect_end(client_start(stateful.port, "-m", "stateful-test-reconnect", "2229533162", NULL),
               EXIT_REFUSED, "uuid has no session");
    struct program *first = client_start(stateful.port, "-m", "stateful-test", NULL);
    program_wait_line(first, PROGRAM_STDOUT, "Count: 1");
    expect_end(client_start(stateful.port, "-m", "stateful-test", NULL), EXIT_REFUSED,
               "uuid already taken");
    expect_end(client_start(stateful.port, "-m", "stateful-test-reconnect", "1", NULL),
               EXIT_REFUSED, "wrong last number");
    expect_end(client_start(stateful.port, "-m", "stateless", "5", NULL), EXIT_REFUSED,
               "INVALID_ARGUMENT");
    expect_end(client_start(stateless.port, "-m", "stateful-test", NULL), EXIT_REFUSED,
               "INVALID_ARGUMENT");

    struct program *second =
        client_start(stateful.port, "-m", "stateful-test-reconnect", "3856042040", NULL);
    expect_end(first, EXIT_REFUSED, "session continued on another stream");
    ck_assert_int_eq(program_wait_exit(second), 0);
    ck_assert(program_has_line(second, PROGRAM_STDOUT, "Count set to: 1"));
    program_destroy(second);
    server_stop(&stateful);
    server_stop(&stateless);
}
END_TEST

START_TEST(a_session_lost_with_its_server_is_said)
{
    struct server server = server_start("stateful", "--interval", "20ms", NULL);
    struct program *client = client_start(server.port, "-m", "stateful", "--numbers", "4000", NULL);
    uint16_t port = server.port;
    program_wait_line(client, PROGRAM_STDOUT, "Count: 3");
    server_kill(&server);
    program_wait_line(client, PROGRAM_STDERR, "retrying");
    server = server_start_port("stateful", port, NULL);
    expect_end(client, EXIT_REFUSED, "uuid has no session");
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
    int fd = port_reserve(&port);
    struct program *client =
        client_start(port, "-m", "stateless", "5", "--retry-timeout", "10m", NULL);
    program_wait_line(client, PROGRAM_STDERR, "retrying in ");
    program_signal(client, SIGINT);
    ck_assert_int_eq(program_wait_exit(client), 128 + SIGINT);
    program_destroy(client);
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
    struct program *client = program_start_spec(&spec);
    ck_assert_int_eq(program_wait_exit(client), EXIT_NOT_WRITTEN);
    ck_assert_uint_eq(program_count_lines(client, PROGRAM_STDERR), 1);
    ck_assert_ptr_nonnull(
        strstr(program_output(client, PROGRAM_STDERR), "No space left on device"));
    program_destroy(client);
    server_stop(&server);
}
END_TEST

Suite *client_program_suite(void)
{
    Suite *suite = suite_create("client-program");
    TCase *output = tcase_create("output");
    TCase *endings = tcase_create("endings");
    suite_add_tcase(suite, output);
    suite_add_tcase(suite, endings);
    tcase_set_timeout(output, 60);
    tcase_set_timeout(endings, 60);
    tcase_add_test(output, stateful_test_prints_what_the_original_prints);
    tcase_add_test(output, stateful_test_reconnect_goes_on_for_a_killed_client);
    tcase_add_test(output, stateless_prints_its_sum);
    tcase_add_test(output, stateful_chooses_a_session_or_takes_the_one_given);
    tcase_add_test(output, quiet_leaves_the_numbers_out);
    tcase_add_test(output, help_and_version_are_printed);
    tcase_add_loop_test(endings, wrong_usage_is_one_line, 0,
                        sizeof wrong_usage / sizeof *wrong_usage);
    tcase_add_test(endings, no_server_is_said_and_retried);
    tcase_add_test(endings, a_refusal_is_said_and_not_retried);
    tcase_add_test(endings, a_session_lost_with_its_server_is_said);
    tcase_add_loop_test(endings, interrupting_prints_what_there_was, 0, 2);
    tcase_add_test(endings, interrupting_ends_the_waiting_for_a_server);
    tcase_add_test(endings, output_that_cannot_be_written_is_said);
    return suite;
}
