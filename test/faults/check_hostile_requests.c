/* Requests that no honest client sends: each gets its status, and nobody else notices. */
#include "test/faults/bystander.h"
#include "test/faults/footprint.h"
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
    INVALID_ARGUMENT = 3,
    RESOURCE_EXHAUSTED = 8,
    UNIMPLEMENTED = 12,
    INTERNAL = 13,
    CUT = -2, /* the connection, or the stream by RST_STREAM */
    UUID_FIELD = 2 + 42
};

#define UUID "a17417a0-aa39-4a00-8000-000000000000"

/* ---- The requests ---------------------------------------------------------------------------- */

static void add_whole(struct frames *frames)
{
    frames_add_message(frames, 1, 0, 4 * MIB, NULL, FRAME_PAYLOAD_MAX - FRAME_MESSAGE_PREFIX);
    for (size_t sent = FRAME_PAYLOAD_MAX; sent < 4 * MIB + FRAME_PAYLOAD_MAX;
         sent += FRAME_PAYLOAD_MAX) {
        frames_add(frames, FRAME_DATA, 0, 1, NULL, FRAME_PAYLOAD_MAX);
    }
}

/* Announces so much, and begins. */
static void add_announced(struct frames *frames, uint32_t bytes)
{
    frames_add_message(frames, 1, 0, bytes, NULL, FRAME_PAYLOAD_MAX - FRAME_MESSAGE_PREFIX);
    for (int i = 0; i < 2; i++) {
        frames_add(frames, FRAME_DATA, 0, 1, NULL, FRAME_PAYLOAD_MAX);
    }
}

static void add_200_mb(struct frames *frames)
{
    add_announced(frames, 200 * 1000 * 1000);
}

static void add_4_gib(struct frames *frames)
{
    add_announced(frames, UINT32_MAX);
}

static void add_just_too_long(struct frames *frames)
{
    frames_add_message(frames, 1, 0, 1025, NULL, 1025);
}

/* A bit stream of deflate, the lowest bit first. */
struct bits {
    uint8_t bytes[1020];
    size_t count;
};

static void add_bits(struct bits *bits, unsigned value, unsigned count)
{
    for (unsigned i = 0; i < count; i++, bits->count++) {
        bits->bytes[bits->count / 8] |= (uint8_t)((value >> i & 1) << bits->count % 8);
    }
}

/*
 * A gzip member within the length of a Request. Its block has a dynamic code in which 258 zeros
 * take two bits, so that 1 KB becomes a megabyte.
 */
static void add_bomb(struct frames *frames)
{
    static const uint8_t gzip[10] = {0x1f, 0x8b, 8};
    struct bits bits = {.count = 0};
    memcpy(bits.bytes, gzip, sizeof gzip);
    bits.count = 8 * sizeof gzip;
    add_bits(&bits, 1 | 2 << 1, 3); /* the last block, fixed codes */
    add_bits(&bits, 0x0c, 8);       /* a zero */
    while (bits.count + 13 <= 8 * sizeof bits.bytes) {
        add_bits(&bits, 0xa3, 8); /* 258 bytes … */
        add_bits(&bits, 0, 5);    /* … as one byte ago */
    }
    frames_add_message(frames, 1, 0, sizeof bits.bytes, bits.bytes, sizeof bits.bytes);
    frames->bytes[frames->length - sizeof bits.bytes - FRAME_MESSAGE_PREFIX] = 1; /* compressed */
}

static void add_wrong_flag(struct frames *frames)
{
    frames_add_message(frames, 1, 0, 1, "x", 1);
    frames->bytes[frames->length - 1 - FRAME_MESSAGE_PREFIX] = 0x7f;
}

static void add_request(struct frames *frames, const char *bytes, size_t length)
{
    frames_add_message(frames, 1, 0, (uint32_t)length, bytes, length);
}

static void add_cut_protobuf(struct frames *frames)
{
    add_request(frames, "\x0a\x7fSTART", 7);
}

static void add_endless_varint(struct frames *frames)
{
    add_request(frames, "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
}

static void add_wrong_type(struct frames *frames)
{
    add_request(frames, "\x08\x05", 2);
}

static void add_bad_utf8(struct frames *frames)
{
    add_request(frames, "\x0a\x04\xff\xc0\x80\xfe", 6);
}

static void add_nul(struct frames *frames)
{
    add_request(frames,
                "\x0a\x0dSTART\0"
                "END\0...",
                15);
}

static void add_nothing(struct frames *frames)
{
    add_request(frames, "", 0);
}

static void add_half_message(struct frames *frames)
{
    frames_add_message(frames, 1, FRAME_END_STREAM, 100, "half", 4);
}

static void add_half_prefix(struct frames *frames)
{
    frames_add(frames, FRAME_DATA, FRAME_END_STREAM, 1, "\0\0", 2);
}

static const struct {
    const char *name;
    void (*add)(struct frames *frames);
    int status;
    int other; /* as good */
} requests[] = {
    {"4 MiB", add_whole, RESOURCE_EXHAUSTED, CUT},
    {"200 MB announced", add_200_mb, RESOURCE_EXHAUSTED, CUT},
    {"4 GiB announced", add_4_gib, RESOURCE_EXHAUSTED, CUT},
    {"1,025 bytes", add_just_too_long, RESOURCE_EXHAUSTED, RESOURCE_EXHAUSTED},
    {"gzip bomb", add_bomb, UNIMPLEMENTED, INTERNAL},
    {"wrong flag", add_wrong_flag, INTERNAL, CUT},
    {"cut protobuf", add_cut_protobuf, INVALID_ARGUMENT, INVALID_ARGUMENT},
    {"endless varint", add_endless_varint, INVALID_ARGUMENT, INVALID_ARGUMENT},
    {"wrong type", add_wrong_type, INVALID_ARGUMENT, INVALID_ARGUMENT},
    {"bad UTF-8", add_bad_utf8, INVALID_ARGUMENT, INVALID_ARGUMENT},
    {"NUL bytes", add_nul, INVALID_ARGUMENT, INVALID_ARGUMENT},
    {"empty request", add_nothing, INVALID_ARGUMENT, INVALID_ARGUMENT},
    {"half a message", add_half_message, INVALID_ARGUMENT, INTERNAL},
    {"half a prefix", add_half_prefix, INVALID_ARGUMENT, INTERNAL},
};

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
} metadata[] = {{"a long field", one_long_field}, {"many fields", many_fields},
                {"bad base64", bad_base64},       {"unknown encoding", unknown_encoding},
                {"bad time-out", bad_timeout},    {"bytes in a value", bytes_in_value}};

/* ---- The tests ------------------------------------------------------------------------------- */

static struct server server;
static struct bystander bystander;
static uint64_t before_kib;

static void set_up(void)
{
    server =
        server_start("stateful", "--interval", BYSTANDER_INTERVAL, "--log-level", "error", NULL);
    bystander_start(&bystander, "127.0.0.1", server.port);
    before_kib = footprint_begin_peak(program_pid(server.program));
}

static void tear_down(void)
{
    (void)bystander_stop(&bystander, "hostile requests");
    footprint_expect_growth(program_pid(server.program), "hostile requests", before_kib,
                            GROWTH_MIB);
    server_stop(&server);
}

/* Connects, sends hello, a call and what follows it, and waits for the end of the call. */
static void ask(struct raw_client *client, struct frames *rest, const struct frame_field *more,
                size_t count)
{
    struct frames frames = {NULL, 0, 0};
    raw_client_connect(client, server.port, 0);
    frames_add_hello(&frames, WINDOW_DEFAULT);
    frames_add_call_with(&frames, 1, FRAME_METHOD, more, count);
    frames_add_bytes(&frames, rest->bytes, rest->length);
    (void)raw_client_send(client, &frames);
    frames_cleanup(&frames);
    frames_cleanup(rest);
    const bool has_ended = raw_client_await_ends(client, 1, 5000) || client->is_closed;
    raw_client_close(client);
    ck_assert_msg(has_ended, "the call has no end");
}

START_TEST(each_request_gets_its_status)
{
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct frames rest = {NULL, 0, 0};
        struct raw_client client;
        requests[i].add(&rest);
        ask(&client, &rest, NULL, 0);
        const int status = client.has_trailers ? raw_client_status(&client) : CUT;
        printf("%s: status %d\n", requests[i].name, status);
        ck_assert_msg(status == requests[i].status || status == requests[i].other,
                      "%s: status %d instead of %d", requests[i].name, status, requests[i].status);
    }
}
END_TEST

START_TEST(each_malformed_command_gets_its_status)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct frames rest = {NULL, 0, 0};
        struct raw_client client;
        frames_add_command(&rest, 1, commands[i]);
        ask(&client, &rest, NULL, 0);
        ck_assert_msg(raw_client_status(&client) == INVALID_ARGUMENT, "'%s': status %d",
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
        ask(&client, &rest, fields, metadata[i].set());
        printf("%s: status %d\n", metadata[i].name, raw_client_status(&client));
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
    return suite;
}
