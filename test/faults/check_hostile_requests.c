/* Requests that no honest client sends: each gets its status, and nobody else notices. */
#include "test/faults/bystander.h"
#include "test/faults/figures.h"
#include "test/faults/footprint.h"
#include "test/faults/hostile_messages.h"
#include "test/kit/raw_http2/raw_client.h"
#include "test/suites.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMEOUT_S = 60,
    GROWTH_MIB = 48,
    MIB = 1 << 20,
    WINDOW_DEFAULT = 65535,
    BODY_MAX = 32 * MIB,
    REQUEST_LARGE = 1025
};

#define UUID "a17417a0-aa39-4a00-8000-000000000000"

/* Every malformed command of the protocol's table, and what a stranger may try. */
static const char *const commands[] = {
    "",
    " \t ",
    "start " UUID " 5",
    "STOP",
    "END",
    "START",
    "START 5",
    "START " UUID,
    "START " UUID " 5 6",
    "START " UUID "0 5",
    "START {" UUID " 5",
    "START " UUID " 0",
    "START " UUID " -1",
    "START " UUID " 65536",
    "START " UUID " 99999999999999999999999",
    "START " UUID " five",
    "START " UUID " 5.0",
    "START " UUID " 0x5",
    "CONTINUE",
    "CONTINUE " UUID,
    "CONTINUE " UUID " 4294967296",
    "CONTINUE " UUID " last",
    "CONTINUE nobody 5",
    "START " UUID " %s%n%n",
    "START " UUID " 5\n2026-01-01",
};

/* ---- The metadata ---------------------------------------------------------------------------- */

enum { LONG_VALUE = 64 * 1024, FIELDS = 2000 };

static char long_value[LONG_VALUE];
static struct frame_field fields[FIELDS];

static size_t one_long_field(void)
{
    memset(long_value, 'x', sizeof long_value);
    fields[0] = (struct frame_field){"x-long", long_value, sizeof long_value};
    return 1;
}

static size_t many_fields(void)
{
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = FRAME_FIELD("x-many", "one of many, all alike");
    }
    return FIELDS;
}

static size_t bad_base64(void)
{
    fields[0] = FRAME_FIELD("x-bytes-bin", "!!not base64!!");
    return 1;
}

static size_t unknown_encoding(void)
{
    fields[0] = FRAME_FIELD("grpc-encoding", "bzip7");
    return 1;
}

static size_t bad_timeout(void)
{
    fields[0] = FRAME_FIELD("grpc-timeout", "99999999999999999999X");
    return 1;
}

static size_t bytes_in_value(void)
{
    fields[0] = FRAME_FIELD("x-bytes", "a\r\nb\0c\x1b[2J\xff");
    return 1;
}

static const struct {
    const char *name;
    size_t (*set)(void); /* `fields`; returns how many */
    bool is_too_much;    /* for a limit, and not only odd */
} metadata[] = {
    {"a long field", one_long_field, true}, {"many fields", many_fields, true},
    {"bad base64", bad_base64, false},      {"unknown encoding", unknown_encoding, false},
    {"bad time-out", bad_timeout, false},   {"bytes in a value", bytes_in_value, false}};

/* ---- The tests ------------------------------------------------------------------------------- */

static struct server server;
static struct bystander bystander;
static uint64_t before_kib;

static void begin(const char *command_timeout)
{
    server = server_start("stateful", "--interval", BYSTANDER_INTERVAL, "--log-level", "error",
                          "--command-timeout", command_timeout, NULL);
    bystander_start(&bystander, "127.0.0.1", server.port);
    before_kib = footprint_begin_peak(program_pid(server.program));
}

/* What is refused is refused long before the time of a command is over. */
static void set_up(void)
{
    begin("1m");
}

/* For what is no command and no message, whatever follows: it ends when that time is over. */
static void set_up_endless(void)
{
    begin("500ms");
}

static void tear_down(void)
{
    (void)bystander_stop(&bystander, "hostile requests");
    footprint_expect_growth(program_pid(server.program), "hostile requests", before_kib,
                            GROWTH_MIB);
    server_stop(&server);
}

/* Behind the prefix of a message, sends zeros as long as the call has no end and the windows have
 * room, and BODY_MAX at most. */
static void send_body(struct raw_client *client)
{
    struct frames frames = {NULL, 0, 0};
    size_t sent = 0;
    client->window -= FRAME_MESSAGE_PREFIX;
    client->stream_window -= FRAME_MESSAGE_PREFIX;
    while (sent < BODY_MAX && client->streams_ended == 0 && !client->is_closed) {
        if (client->window < FRAME_PAYLOAD_MAX || client->stream_window < FRAME_PAYLOAD_MAX) {
            if (!raw_client_read(client, RAW_PATIENCE_MS)) {
                break;
            }
            continue;
        }
        frames_add(&frames, FRAME_DATA, 0, 1, NULL, FRAME_PAYLOAD_MAX);
        (void)raw_client_send(client, &frames);
        client->window -= FRAME_PAYLOAD_MAX;
        client->stream_window -= FRAME_PAYLOAD_MAX;
        sent += FRAME_PAYLOAD_MAX;
    }
    frames_cleanup(&frames);
    figures_print("%d KiB of a body sent, ", (int)(sent / 1024));
}

/* Connects, sends hello, a call and what follows it, and waits for the end of the call. */
static void ask(struct raw_client *client, struct frames *rest, const struct frame_field *more,
                size_t count, bool has_body)
{
    struct frames frames = {NULL, 0, 0};
    raw_client_connect(client, server.port, 0);
    frames_add_hello(&frames, WINDOW_DEFAULT);
    ck_assert(raw_client_send(client, &frames));
    while (client->frames[FRAME_SETTINGS] == 0) { /* acknowledged, they bind C core, too */
        ck_assert(raw_client_read(client, RAW_PATIENCE_MS));
    }
    frames_add_call_with(&frames, 1, FRAME_METHOD, more, count);
    frames_add_bytes(&frames, rest->bytes, rest->length);
    (void)raw_client_send(client, &frames);
    frames_cleanup(&frames);
    frames_cleanup(rest);
    if (has_body) {
        send_body(client);
    }
    const bool has_ended = raw_client_await_ends(client, 1, RAW_PATIENCE_MS) || client->is_closed;
    raw_client_close(client);
    ck_assert_msg(has_ended, "the call has no end");
}

static void expect_status(const struct hostile_message *message)
{
    const struct frame_field gzip = FRAME_FIELD("grpc-encoding", "gzip");
    struct frames rest = {NULL, 0, 0};
    struct raw_client client;
    message->add(&rest);
    ask(&client, &rest, &gzip, message->is_gzip, message->has_body);
    const int status = client.has_trailers ? raw_client_status(&client) : STATUS_CUT;
    figures_print("%s: status %d\n", message->name, status);
    ck_assert_msg(status == message->status || status == message->other,
                  "%s: status %d instead of %d", message->name, status, message->status);
}

static void expect_statuses(bool is_endless)
{
    for (size_t i = 0; i < hostile_message_count; i++) {
        if (is_endless == (hostile_messages[i].status == STATUS_DEADLINE_EXCEEDED)) {
            expect_status(&hostile_messages[i]);
        }
    }
}

START_TEST(each_request_gets_its_status)
{
    expect_statuses(false);
}
END_TEST

START_TEST(what_has_no_end_gets_its_status)
{
    expect_statuses(true);
}
END_TEST

/* C core refuses it, and the server tells of it all the same: with a stream that has not begun, and
 * with one that runs. */
START_TEST(a_request_that_is_too_large_is_logged)
{
    static const char *const lines[] = {"stream refused peer=127.0.0.1:", "session left",
                                        "reason=\"request too large: expected a "
                                        "grpc.Request of at most 1024 bytes\""};
    static const char large[REQUEST_LARGE] = {0};
    server = server_start("stateful", NULL);
    for (int i = 0; i < 2; i++) {
        struct frames rest = {NULL, 0, 0};
        struct raw_client client;
        if (i == 1) {
            frames_add_command(&rest, 1, "START " UUID " 5");
        }
        frames_add_message(&rest, 1, 0, sizeof large, large, sizeof large);
        ask(&client, &rest, NULL, 0, false);
        ck_assert_int_eq(raw_client_status(&client), STATUS_RESOURCE_EXHAUSTED);
        const char *line = program_wait_line(server.program, PROGRAM_STDERR, lines[i]);
        ck_assert_msg(strstr(line, lines[2]) != NULL, "%s", line);
    }
    server_stop(&server);
}
END_TEST

START_TEST(each_malformed_command_gets_its_status)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct frames rest = {NULL, 0, 0};
        struct raw_client client;
        frames_add_command(&rest, 1, commands[i]);
        ask(&client, &rest, NULL, 0, false);
        ck_assert_msg(raw_client_status(&client) == STATUS_INVALID_ARGUMENT, "'%s': status %d",
                      commands[i], raw_client_status(&client));
    }
}
END_TEST

/* C core gives some of them a status, and cuts the connection for others. */
START_TEST(odd_metadata_ends_nothing_but_its_own_connection)
{
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++) {
        struct frames rest = {NULL, 0, 0};
        struct raw_client client;
        frames_add_command(&rest, 1, "STOP");
        ask(&client, &rest, fields, metadata[i].set(), false);
        const int status = client.has_trailers ? raw_client_status(&client) : STATUS_CUT;
        figures_print("%s: status %d\n", metadata[i].name, status);
        ck_assert_msg(!metadata[i].is_too_much || status == STATUS_UNKNOWN || status == STATUS_CUT,
                      "%s: status %d", metadata[i].name, status);
    }
}
END_TEST

Suite *hostile_requests_suite(void)
{
    Suite *suite = suite_create("hostile-requests");
    TCase *tcase = tcase_create("hostile-requests");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, TIMEOUT_S);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_request_gets_its_status);
    tcase_add_test(tcase, each_malformed_command_gets_its_status);
    tcase_add_test(tcase, odd_metadata_ends_nothing_but_its_own_connection);
    TCase *endless = tcase_create("endless");
    suite_add_tcase(suite, endless);
    tcase_set_timeout(endless, TIMEOUT_S);
    tcase_add_checked_fixture(endless, set_up_endless, tear_down);
    tcase_add_test(endless, what_has_no_end_gets_its_status);
    TCase *logged = tcase_create("logged");
    suite_add_tcase(suite, logged);
    tcase_set_timeout(logged, TIMEOUT_S);
    tcase_add_test(logged, a_request_that_is_too_large_is_logged);
    return suite;
}
