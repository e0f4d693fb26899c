/*
 * Padded messages from comms-server to comms-client: of each size, in both modes, over breaks and
 * TLS; sizes that the server does not allow, and servers that do not pad.
 */
#include "test/e2e/program_expectations.h"
#include "test/e2e/tls_trial.h"
#include "test/kit/fault_proxy/fault_proxy.h"
#include "test/kit/instrument.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char *const modes[] = {"stateless", "stateful"};

static const struct {
    const char *size;
    const char *shown;
    uint64_t bytes;
    unsigned n;
} sizes[] = {{"1", "1B", 1, 1000},
             {"4095", "4095B", 4095, 1000},
             {"16KiB", "16KiB", 16384, 1000},
             {"1024KiB", "1MiB", 1048576, 20}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void expect_single_session(const struct server *server, const char *mode, size_t i)
{
    char n[16];
    char said[64];
    snprintf(n, sizeof n, "%u", sizes[i].n);
    struct program *client = client_start(server->port, "-m", mode, "-n", n, "--interval", "0",
                                          "--size", sizes[i].size, NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    snprintf(said, sizeof said, "\nSize: %s\nResponse: ", sizes[i].shown);
    instrument_expect_text(client, PROGRAM_STDOUT, said);
    program_destroy(client);
}

static void expect_figures_of_many(const struct server *server, const char *mode, size_t i)
{
    char n[16];
    char path[INSTRUMENT_PATH_SIZE];
    snprintf(n, sizeof n, "%u", sizes[i].n);
    instrument_make_file(path);
    struct program *client =
        client_start(server->port, "-m", mode, "-n", n, "--interval", "0", "-s", "4", "-c", "2",
                     "--size", sizes[i].size, "--json", path, NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_text(client, PROGRAM_STDOUT, "B/s\n"); /* B/s, KiB/s, MiB/s or GiB/s */
    instrument_expect_text(client, PROGRAM_STDOUT, " bytes/s ");
    program_destroy(client);
    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(instrument_count(result, "numbers"), UINT64_C(4) * sizes[i].n);
    ck_assert_uint_eq(instrument_count(result, "bytes"), UINT64_C(4) * sizes[i].n * sizes[i].bytes);
    const json_t *rate = json_object_get(json_object_get(result, "end"), "throughput_bytes");
    ck_assert(json_number_value(rate) > 0);
    json_decref(result);
}

START_TEST(each_size_is_proven)
{
    struct server server = server_start(modes[_i], "--interval", "0", NULL);
    for (size_t i = 0; i < SIZES; i++) {
        expect_single_session(&server, modes[_i], i);
        expect_figures_of_many(&server, modes[_i], i);
    }
    server_stop(&server);
}
END_TEST

/* The connection is cut in the middle of a message, twice. */
START_TEST(a_session_goes_on_from_the_middle_of_a_message)
{
    static const struct fault plan[] = {
        {.kind = FAULT_CUT, .unit = FAULT_AFTER_BYTES, .amount = 600000},
        {.kind = FAULT_RESET, .unit = FAULT_AFTER_BYTES, .amount = 1100000}};
    const char *mode = modes[_i];
    struct server server = server_start(mode, "--interval", "0", NULL);
    struct fault_proxy_options options = {.target = {.sin_family = AF_INET,
                                                     .sin_port = htons(server.port),
                                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
                                          .plan = plan,
                                          .plan_length = sizeof plan / sizeof *plan};
    struct fault_proxy *proxy = fault_proxy_start(&options);
    ck_assert_ptr_nonnull(proxy);
    struct program *client = client_start(fault_proxy_port(proxy), "-m", mode, "-n", "12",
                                          "--interval", "0", "--size", "256KiB", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    ck_assert_uint_eq(fault_proxy_faults_made(proxy), 2);
    instrument_expect_text(client, PROGRAM_STDERR, "connection lost");
    program_destroy(client);
    fault_proxy_stop(proxy);
    server_stop(&server);
}
END_TEST

START_TEST(many_streams_survive_chaos)
{
    const char *mode = modes[_i];
    char path[INSTRUMENT_PATH_SIZE];
    struct server server = server_start(mode, "--interval", "5ms", NULL);
    instrument_make_file(path);
    struct program *client = client_start(server.port, "-m", mode, "-s", "20", "-c", "4", "-n",
                                          "100", "--interval", "5ms", "--size", "20000", "--chaos",
                                          "cut=100ms", "--seed", "7", "--json", path, NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    program_destroy(client);
    json_t *result = instrument_read_json(path);
    ck_assert_uint_gt(instrument_count(result, "resumes"), 0);
    ck_assert_uint_eq(instrument_count(result, "numbers"), 2000);
    json_decref(result);
    server_stop(&server);
}
END_TEST

START_TEST(padding_goes_through_tls)
{
    serve_tls();
    char authority[CERTIFICATES_PATH_SIZE];
    struct program *client = client_start(
        trial.server.port, "-m", "stateful", "-n", "1", "--size", "1MiB", "--interval", "1s",
        "--tls-ca", certificates_path(&trial.certificates, "ca.pem", authority), NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_text(client, PROGRAM_STDOUT, "\nChecksum is valid: true\n");
    program_destroy(client);
}
END_TEST

/* The message takes four seconds, and the client has two: it has them again as long as bytes come.
 */
START_TEST(a_slow_path_carries_a_large_message)
{
    char port[16];
    struct server server =
        server_start("stateless", "--interval", "0", "--send-timeout", "2s", NULL);
    snprintf(port, sizeof port, "%u", server.port);
    struct program *path = program_start(programs_python_path(), "-B",
                                         "test/e2e/sizes/slow_path.py", port, "250000", NULL);
    const char *line = program_wait_line(path, PROGRAM_STDOUT, "listening on ");
    uint64_t path_port;
    ck_assert(output_skip(&line, "listening on ") && output_read_number(&line, &path_port));
    struct program *client =
        client_start((unsigned)path_port, "-n", "1", "--interval", "0", "--size", "1MiB", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR), "");
    program_destroy(client);
    program_destroy(path);
    server_stop(&server);
}
END_TEST

/* ---- What is refused ------------------------------------------------------------------------- */

START_TEST(a_size_above_the_limit_is_refused)
{
    const char *mode = modes[_i];
    struct server server = server_start(mode, "--max-size", "4KiB", "--log-level", "info", NULL);
    expect_end(client_start(server.port, "-m", mode, "-n", "2", "--size", "4097", NULL),
               INSTRUMENT_REFUSED,
               "comms-client: the server refused: INVALID_ARGUMENT: invalid size: 4097, expected "
               "at most 4096 bytes");
    (void)program_wait_line(server.program, PROGRAM_STDERR, "invalid size: 4097");
    struct program *client =
        client_start(server.port, "-m", mode, "-n", "1", "--size", "4KiB", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

START_TEST(a_server_may_allow_no_padding)
{
    struct server server = server_start("stateless", "--max-size", "0", NULL);
    expect_end(client_start(server.port, "-n", "2", "--size", "1", NULL), INSTRUMENT_REFUSED,
               "invalid size: 1, but this server sends no padding");
    struct program *client = client_start(server.port, "-n", "1", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

Suite *sizes_suite(void)
{
    Suite *suite = suite_create("sizes");
    TCase *tcase = tcase_create("sizes");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, each_size_is_proven, 0, 2);
    tcase_add_loop_test(tcase, a_session_goes_on_from_the_middle_of_a_message, 0, 2);
    tcase_add_loop_test(tcase, many_streams_survive_chaos, 0, 2);
    tcase_add_test(tcase, a_slow_path_carries_a_large_message);
    tcase_add_loop_test(tcase, a_size_above_the_limit_is_refused, 0, 2);
    tcase_add_test(tcase, a_server_may_allow_no_padding);

    TCase *tls = tcase_create("tls");
    suite_add_tcase(suite, tls);
    tcase_set_timeout(tls, 60);
    tcase_add_checked_fixture(tls, tls_trial_set_up, tls_trial_tear_down);
    tcase_add_test(tls, padding_goes_through_tls);
    return suite;
}
