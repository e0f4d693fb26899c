/*
 * comms-client with one session, as a user meets it: what it prints. How it ends is
 * check_client_program_endings.c's; what it does about broken connections is check_faults.c's.
 */
#include "test/e2e/program_expectations.h"
#include "test/suites.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char test_numbers[] = "Response: 3856042040 | Count: 1\n"
                                   "Response: 2229533162 | Count: 2\n"
                                   "Response: 2921788346 | Count: 3\n"
                                   "Response: 3326752945 | Count: 4\n"
                                   "Response: 1636162733 | Count: 5\n"
                                   "Checksum: 121722\n"
                                   "Checksum is valid: true\n";

static const char test_uuid[] = "a17417a0-aa39-40b5-8675-247713cc4908";

/* The client's whole output is this, and its status 0. The client is destroyed here. */
static void expect_output(struct program *client, const char *wanted)
{
    int status = program_wait_exit(client);
    ck_assert_msg(status == 0, "%d: %s", status, program_output_end(client, PROGRAM_STDERR));
    ck_assert_str_eq(program_output(client, PROGRAM_STDOUT), wanted);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR), "");
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
    struct server server = server_start("stateful", "--interval", "20ms", NULL);
    /* Slow, so that the session is not over before the client is killed. */
    struct program *first = client_start(server.port, "-m", "stateful-test", "--rate", "1", NULL);
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
    enum { N = 100 }; /* the numbers pass 2^64 */
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
    static const char *const options[] = {"--port",    "--mode",  "--host", "--uuid",
                                          "--numbers", "--quiet", "--help", "--retry-timeout",
                                          "--version", NULL};
    expect_help_and_version(programs_client_path(), "comms-client", options);
}
END_TEST

Suite *client_program_suite(void)
{
    Suite *suite = suite_create("client-program");
    TCase *output = tcase_create("output");
    suite_add_tcase(suite, output);
    tcase_set_timeout(output, 60);
    tcase_add_test(output, stateful_test_prints_what_the_original_prints);
    tcase_add_test(output, stateful_test_reconnect_goes_on_for_a_killed_client);
    tcase_add_test(output, stateless_prints_its_sum);
    tcase_add_test(output, stateful_chooses_a_session_or_takes_the_one_given);
    tcase_add_test(output, quiet_leaves_the_numbers_out);
    tcase_add_test(output, help_and_version_are_printed);
    return suite;
}
