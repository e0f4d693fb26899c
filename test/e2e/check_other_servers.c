/*
 * comms-client of servers that are not ours: that keep a stream open after its last message, that
 * send long replies and errors, and any bytes.
 */
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/instrument.h"
#include "test/kit/serving.h"
#include "test/kit/session_words.h"
#include "test/kit/utf8.h"
#include "test/suites.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ROUNDS = 3,
    VIOLATED = 1,
    LONG = 5000,
    TOO_LONG = 5000000,
    PAGE_SIZE = 1 << 20,
    PEER_SIZE = 128
};

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
}

static void tear_down(void)
{
    stop_serving();
    grpc_teardown();
}

/* A client of a server that repeats the scripts; its options follow, then NULL. */
#define CLIENT(scripts, ...)                                                                       \
    client_start(serve_at_port(scripts, sizeof(scripts) / sizeof *(scripts)), __VA_ARGS__)

static unsigned serve_at_port(const struct script *scripts, size_t count)
{
    const char *target = serve_scripts(scripts, count, 0);
    return (unsigned)strtoul(strrchr(target, ':') + 1, NULL, 10);
}

/* ---- The end that does not come -------------------------------------------------------------- */

/* Whether the client has gone on after its verdict: it waits a second for the end of the stream. */
static bool waits_after_verdict(struct program *client, const char *result, const char *judgement)
{
    program_wait_line(client, PROGRAM_STDOUT, result);
    program_wait_line(client, PROGRAM_STDOUT, judgement);
    int64_t known = clock_monotonic.now(&clock_monotonic);
    ck_assert_int_eq(program_wait_exit(client), 0);
    return clock_monotonic.now(&clock_monotonic) - known >= 100 * NS_PER_MS;
}

/* A busy test may read the verdict when the second is over, but not each time. */
START_TEST(the_verdict_does_not_wait_for_the_end_of_the_stream)
{
    static const struct script stateful[] = {{{N1, N2, N3, N4, N5, N6}}};
    static const struct script stateless[] = {{{NUMBER(5), NUMBER(15), AWAIT}}};
    bool waits = false;
    for (int i = 0; i < ROUNDS && !waits; i++) {
        struct program *client =
            _i == 0 ? CLIENT(stateful, "-m", "stateful-test", NULL) : CLIENT(stateless, "2", NULL);
        waits = _i == 0 ? waits_after_verdict(client, "Checksum: 121722", "Checksum is valid: true")
                        : waits_after_verdict(client, "Sum: 20", "Test passed: true");
        ck_assert_uint_eq(program_count_lines(client, PROGRAM_STDOUT), _i == 0 ? 11 : 7);
        program_destroy(client);
        stop_serving();
    }
    ck_assert(waits);
}
END_TEST

/* ---- Long replies ---------------------------------------------------------------------------- */

static char long_text[LONG + 64];

/* An error reply of an original server: INVALID_ARGUMENT, by its beginning. */
static const char *make_long_error(void)
{
    static const char beginning[] = "\x12\x8b\x27\x0a\x88\x27invalid uuid: ";
    memset(long_text, 'x', sizeof long_text);
    memcpy(long_text, beginning, sizeof beginning - 1);
    long_text[6 + LONG] = '\0';
    return long_text;
}

/* Number 1 of the session, and an unknown field of 5,000 bytes. */
static const char *make_long_number(void)
{
    static const char beginning[] = "\x0a\x06\x08\xb8\x90\xda\xae\x0e\x1a\x88\x27";
    memset(long_text, 'y', sizeof long_text);
    memcpy(long_text, beginning, sizeof beginning - 1);
    long_text[sizeof beginning - 1 + LONG] = '\0';
    return long_text;
}

START_TEST(a_long_error_is_shown_cut)
{
    const struct script scripts[] = {{{BYTES(make_long_error()), OK}}};
    struct program *client = CLIENT(scripts, "-m", "stateful-test", NULL);
    instrument_expect_status(client, INSTRUMENT_REFUSED);
    const char *said = program_output(client, PROGRAM_STDERR);
    static const char wanted[] =
        "comms-client: the server refused: INVALID_ARGUMENT: invalid uuid: xxx";
    ck_assert_msg(strncmp(said, wanted, sizeof wanted - 1) == 0, "%s", said);
    ck_assert_uint_le(strlen(said), 300);
    ck_assert_str_eq(said + strlen(said) - 5, "x...\n");
    program_destroy(client);
}
END_TEST

START_TEST(a_long_number_is_a_number)
{
    const struct script scripts[] = {{{BYTES(make_long_number()), N2, N3, N4, N5, N6, OK}}};
    struct program *client = CLIENT(scripts, "-m", "stateful-test", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    ck_assert(program_has_line(client, PROGRAM_STDOUT, "Response: 3856042040 | Count: 1"));
    ck_assert(program_has_line(client, PROGRAM_STDOUT, "Checksum is valid: true"));
    program_destroy(client);
}
END_TEST

START_TEST(a_long_message_that_is_no_reply_is_malformed)
{
    const struct script scripts[] = {{{BYTES(make_long_number() + 8), OK}}};
    struct program *client = CLIENT(scripts, "-m", "stateful-test", NULL);
    instrument_expect_status(client, VIOLATED);
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR),
                     "comms-client: malformed reply after 0 right numbers\n");
    program_destroy(client);
}
END_TEST

/* gRPC itself takes no more than 4 MiB. */
START_TEST(a_message_that_is_too_large_is_said)
{
    char path[INSTRUMENT_PATH_SIZE];
    char *text = malloc(TOO_LONG + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', TOO_LONG);
    text[TOO_LONG] = '\0';
    instrument_make_file(path);
    const struct script scripts[] = {{{BYTES(text), OK}}, {{N1, N2, N3, N4, N5, N6, OK}}};
    struct program *client =
        CLIENT(scripts, "-m", "stateful-test", "--json", path, "--retry-timeout", "0", NULL);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    instrument_expect_text(client, PROGRAM_STDERR,
                           "RESOURCE_EXHAUSTED: Received message larger than max (5000000 vs. "
                           "4194304)\n");
    ck_assert_ptr_null(strstr(program_output(client, PROGRAM_STDERR), "malformed"));
    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(instrument_failed_attempts(result, "message_too_large"), 1);
    json_decref(result);
    program_destroy(client);
    free(text);
}
END_TEST

/* ---- Any bytes ------------------------------------------------------------------------------- */

/* Reads a file that the client wrote, and removes it. */
static char *read_file(const char *path)
{
    char *text = calloc(1, PAGE_SIZE);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_lt(fread(text, 1, PAGE_SIZE - 1, file), PAGE_SIZE - 1);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(unlink(path), 0);
    return text;
}

/* From the status, from an error reply, and from the command line: all that is written is UTF-8. */
START_TEST(hostile_bytes_reach_nobody)
{
    char all[512] = "";
    char error[640];
    char json[INSTRUMENT_PATH_SIZE];
    char html[INSTRUMENT_PATH_SIZE];
    for (size_t i = 0; hostile_texts[i] != NULL; i++) {
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s ", hostile_texts[i]);
    }
    size_t length = strlen(all);
    snprintf(error, sizeof error, "\x12%c%c\x0a%c%c%s", (int)((length + 3) % 128 + 128),
             (int)((length + 3) / 128), (int)(length % 128 + 128), (int)(length / 128), all);
    const struct script scripts[] = {{{BYTES(error), OK}}, {{STATUS(PERMISSION_DENIED, all)}}};
    instrument_make_file(json);
    instrument_make_file(html);
    struct program *client =
        CLIENT(scripts, "-m", "stateful", "-s", "2", "-c", "1", "-n", "5", "--json", json, "--html",
               html, "--fail-on", "lost>0 or none", NULL);
    instrument_expect_status(client, INSTRUMENT_REFUSED);
    expect_shown_utf8(program_output(client, PROGRAM_STDOUT));
    expect_shown_utf8(program_output(client, PROGRAM_STDERR));
    instrument_expect_text(client, PROGRAM_STDOUT, "refused: PERMISSION_DENIED: ?");
    instrument_expect_text(client, PROGRAM_STDOUT, "refused: INVALID_ARGUMENT: ?");
    char *page = read_file(html);
    expect_shown_utf8(page);
    ck_assert_ptr_nonnull(strstr(page, "PERMISSION_DENIED: ?"));
    free(page);
    json_decref(instrument_read_json(json));
    program_destroy(client);
}
END_TEST

/* Nobody is there, whatever it is called. */
START_TEST(a_hostile_name_reaches_nobody)
{
    for (size_t i = 0; hostile_texts[i] != NULL; i++) {
        char host[256];
        char json[INSTRUMENT_PATH_SIZE];
        char html[INSTRUMENT_PATH_SIZE];
        snprintf(host, sizeof host, "unix:/nowhere/%s", hostile_texts[i]);
        instrument_make_file(json);
        instrument_make_file(html);
        struct program *client =
            program_start(programs_client_path(), "--host", host, "-s", "2", "--retry-timeout", "0",
                          "--json", json, "--html", html, NULL);
        int status = program_wait_exit(client);
        ck_assert(status == INSTRUMENT_UNREACHABLE || status == INSTRUMENT_USAGE);
        expect_shown_utf8(program_output(client, PROGRAM_STDOUT));
        expect_shown_utf8(program_output(client, PROGRAM_STDERR));
        char *page = read_file(html);
        expect_shown_utf8(page);
        free(page);
        if (status == INSTRUMENT_UNREACHABLE) {
            json_decref(instrument_read_json(json));
        } else {
            ck_assert_int_eq(unlink(json), 0);
        }
        program_destroy(client);
    }
}
END_TEST

START_TEST(a_hostile_file_name_reaches_nobody)
{
    struct program *client = client_start(1, "--json", "/nowhere/\x1b[2J\xff\n\xc2\x9b", NULL);
    int status = program_wait_exit(client);
    ck_assert(status == INSTRUMENT_NOT_WRITTEN || status == INSTRUMENT_USAGE);
    expect_shown_utf8(program_output(client, PROGRAM_STDERR));
    ck_assert_uint_eq(program_count_lines(client, PROGRAM_STDERR), 1);
    program_destroy(client);
}
END_TEST

/* ---- What is no gRPC ------------------------------------------------------------------------- */

/* Python's server of HTTP/1 answers the client's preface by a page without a status. The client
 * gives it half a second: where it is busy it may need another run. */
START_TEST(a_server_of_http1_is_named)
{
    struct program *http = program_start(programs_python_path(), "-u", "-m", "http.server", "0",
                                         "--bind", "127.0.0.1", NULL);
    const char *line = program_wait_line(http, PROGRAM_STDOUT, "Serving HTTP on ");
    const char *port = strstr(line, " port ");
    ck_assert_ptr_nonnull(port);
    const unsigned number = (unsigned)strtoul(port + 6, NULL, 10);
    bool is_named = false;
    for (int i = 0; i < ROUNDS && !is_named; i++) {
        struct program *client = client_start(number, _i == 0 ? "--quiet" : "--tls", NULL);
        instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
        is_named =
            strstr(program_output(client, PROGRAM_STDERR),
                   _i == 0 ? ": it speaks HTTP/1\n" : ": it speaks HTTP/1, no TLS\n") != NULL;
        program_destroy(client);
    }
    ck_assert(is_named);
    program_destroy(http);
}
END_TEST

Suite *other_servers_suite(void)
{
    Suite *suite = suite_create("other-servers");
    TCase *tcase = tcase_create("other-servers");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, the_verdict_does_not_wait_for_the_end_of_the_stream, 0, 2);
    tcase_add_test(tcase, a_long_error_is_shown_cut);
    tcase_add_test(tcase, a_long_number_is_a_number);
    tcase_add_test(tcase, a_long_message_that_is_no_reply_is_malformed);
    tcase_add_test(tcase, a_message_that_is_too_large_is_said);
    tcase_add_test(tcase, hostile_bytes_reach_nobody);
    tcase_add_test(tcase, a_hostile_name_reaches_nobody);
    tcase_add_test(tcase, a_hostile_file_name_reaches_nobody);
    tcase_add_loop_test(tcase, a_server_of_http1_is_named, 0, 2);
    return suite;
}
