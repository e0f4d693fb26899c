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

/* One session prints every number; with several streams there are figures of bytes. */
START_TEST(each_size_is_proven)
{
    const char *mode = modes[_i % 2];
    const char *size = sizes[_i / 2].size;
    char n[16];
    char said[64];
    char path[INSTRUMENT_PATH_SIZE];
    snprintf(n, sizeof n, "%u", sizes[_i / 2].n);
    struct server server = server_start(mode, "--interval", "0", NULL);
    struct program *one =
        client_start(server.port, "-m", mode, "-n", n, "--interval", "0", "--size", size, NULL);
    instrument_expect_status(one, INSTRUMENT_PROVEN);
    snprintf(said, sizeof said, "\nN: %s\nSize: %s\n", n, sizes[_i / 2].shown);
    if (_i % 2 == 0) {
        instrument_expect_text(one, PROGRAM_STDOUT, said);
    }
    program_destroy(one);

    instrument_make_file(path);
    struct program *many = client_start(server.port, "-m", mode, "-n", n, "--interval", "0", "-s",
                                        "4", "-c", "2", "--size", size, "--json", path, NULL);
    instrument_expect_status(many, INSTRUMENT_PROVEN);
    instrument_expect_text(many, PROGRAM_STDOUT, "B/s\n"); /* KiB/s, MiB/s or GiB/s */
    instrument_expect_text(many, PROGRAM_STDOUT, "  bytes/s  ");
    program_destroy(many);
    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(instrument_count(result, "numbers"), UINT64_C(4) * sizes[_i / 2].n);
    ck_assert_uint_eq(instrument_count(result, "bytes"),
                      UINT64_C(4) * sizes[_i / 2].n * sizes[_i / 2].bytes);
    const json_t *rate = json_object_get(json_object_get(result, "end"), "throughput_bytes");
    ck_assert(json_number_value(rate) > 0);
    json_decref(result);
    server_stop(&server);
}
END_TEST

/* The connection is cut in the middle of a message, twice. */
START_TEST(a_session_goes_on_from_the_middle_of_a_message)
{
    static const struct fault plan[] = {
        {.kind = FAULT_CUT, .unit = FAULT_AFTER_BYTES, .amount = 2500000},
        {.kind = FAULT_RESET, .unit = FAULT_AFTER_BYTES, .amount = 4500000}};
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
                                          "--interval", "0", "--size", "1MiB", NULL);
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
                                          "200", "--interval", "5ms", "--size", "20000", "--chaos",
                                          "cut=150ms", "--seed", "7", "--json", path, NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    program_destroy(client);
    json_t *result = instrument_read_json(path);
    ck_assert_uint_gt(instrument_count(result, "resumes"), 0);
    ck_assert_uint_eq(instrument_count(result, "numbers"), 4000);
    json_decref(result);
    server_stop(&server);
}
END_TEST

START_TEST(padding_goes_through_tls)
{
    serve_tls();
    char authority[CERTIFICATES_PATH_SIZE];
    struct program *client = client_start(
        trial.server.port, "-m", "stateful", "-n", "3", "--size", "1MiB", "--interval", "1s",
        "--tls-ca", certificates_path(&trial.certificates, "ca.pem", authority), NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_text(client, PROGRAM_STDOUT, "\nChecksum is valid: true\n");
    program_destroy(client);
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
    tcase_add_loop_test(tcase, each_size_is_proven, 0, 2 * SIZES);
    tcase_add_loop_test(tcase, a_session_goes_on_from_the_middle_of_a_message, 0, 2);
    tcase_add_loop_test(tcase, many_streams_survive_chaos, 0, 2);
    tcase_add_loop_test(tcase, a_size_above_the_limit_is_refused, 0, 2);
    tcase_add_test(tcase, a_server_may_allow_no_padding);

    TCase *tls = tcase_create("tls");
    suite_add_tcase(suite, tls);
    tcase_set_timeout(tls, 60);
    tcase_add_checked_fixture(tls, tls_trial_set_up, tls_trial_tear_down);
    tcase_add_test(tls, padding_goes_through_tls);
    return suite;
}
