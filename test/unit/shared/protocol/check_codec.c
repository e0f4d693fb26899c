/* shared/protocol/codec: the bytes of every message, by hand, both ways. */
#include "shared/protocol/codec.h"
#include "shared/protocol/command.h"
#include "test/kit/message_bytes.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

static struct request make_request(const char *text, bool has_position, uint32_t position,
                                   uint32_t attempt)
{
    struct request request = {
        .has_position = has_position, .position = position, .attempt = attempt};
    request.length = strlen(text);
    ck_assert_uint_lt(request.length, sizeof request.text);
    memcpy(request.text, text, request.length + 1);
    return request;
}

static void assert_requests_equal(const struct request *a, const struct request *b)
{
    ck_assert_int_eq(a->has_position, b->has_position);
    ck_assert(!a->has_position || a->position == b->position);
    ck_assert_uint_eq(a->attempt, b->attempt);
    ck_assert_int_eq(a->interval_ns, b->interval_ns);
    ck_assert_uint_eq(a->length, b->length);
    ck_assert_mem_eq(a->text, b->text, a->length + 1);
}

static const struct {
    const char *text;
    bool has_position;
    uint32_t position;
    uint32_t attempt; /* 0: absent */
    struct bytes bytes;
} request_rows[] = {
    {"", false, 0, 0, BYTES("")},
    {"START", false, 0, 0, BYTES("\x0a\x05START")},
    {"END", false, 0, 0,
     BYTES("\x0a\x03"
           "END")},
    {"CONTINUE 81", false, 0, 0,
     BYTES("\x0a\x0b"
           "CONTINUE 81")},
    {"CONTINUE 81", true, 0, 0,
     BYTES("\x0a\x0b"
           "CONTINUE 81\x10\x00")},
    {"", true, 0, 0, BYTES("\x10\x00")},
    {"", true, 1, 0, BYTES("\x10\x01")},
    {"x", true, 127, 0, BYTES("\x0a\x01x\x10\x7f")},
    {"x", true, 128, 0, BYTES("\x0a\x01x\x10\x80\x01")},
    {"x", true, 65536, 0, BYTES("\x0a\x01x\x10\x80\x80\x04")},
    {"x", true, UINT32_MAX, 0, BYTES("\x0a\x01x\x10\xff\xff\xff\xff\x0f")},
    {"x", false, 0, 1, BYTES("\x0a\x01x\x18\x01")},
    {"x", true, 0, 2, BYTES("\x0a\x01x\x10\x00\x18\x02")},
    {"", false, 0, 128, BYTES("\x18\x80\x01")},
    {"x", true, UINT32_MAX, UINT32_MAX,
     BYTES("\x0a\x01x\x10\xff\xff\xff\xff\x0f\x18\xff\xff\xff\xff\x0f")},
};

START_TEST(requests_are_these_bytes)
{
    for (size_t i = 0; i < sizeof request_rows / sizeof *request_rows; i++) {
        const struct bytes *expected = &request_rows[i].bytes;
        struct request request = make_request(request_rows[i].text, request_rows[i].has_position,
                                              request_rows[i].position, request_rows[i].attempt);
        uint8_t bytes[REQUEST_SIZE_MAX];
        ck_assert_uint_eq(request_encode(&request, bytes), expected->length);
        ck_assert_mem_eq(bytes, expected->at, expected->length);

        struct request decoded;
        ck_assert(decode_request(expected->at, expected->length, &decoded));
        assert_requests_equal(&decoded, &request);
    }
}
END_TEST

static const struct {
    uint64_t number;
    struct bytes bytes;
} number_rows[] = {
    {0, BYTES("\x0a\x00")},
    {1, BYTES("\x0a\x02\x08\x01")},
    {300, BYTES("\x0a\x03\x08\xac\x02")},
    {UINT32_MAX, BYTES("\x0a\x06\x08\xff\xff\xff\xff\x0f")},
    {UINT64_MAX, BYTES("\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
};

START_TEST(numbers_are_these_bytes)
{
    for (size_t i = 0; i < sizeof number_rows / sizeof *number_rows; i++) {
        const struct bytes *expected = &number_rows[i].bytes;
        struct reply reply = {.number = number_rows[i].number};
        uint8_t bytes[REPLY_SIZE_MAX];
        ck_assert_uint_eq(reply_encode(&reply, bytes), expected->length);
        ck_assert_mem_eq(bytes, expected->at, expected->length);

        struct reply decoded;
        ck_assert(decode_reply(expected->at, expected->length, &decoded));
        ck_assert(!decoded.is_error);
        ck_assert_uint_eq(decoded.number, number_rows[i].number);
    }
    struct reply decoded;
    ck_assert(decode_reply("\x0a\x02\x08\x00", 4, &decoded)); /* a zero may be spelt out */
    ck_assert_uint_eq(decoded.number, 0);
}
END_TEST

static const struct {
    const char *text;
    struct bytes bytes;
} error_rows[] = {
    {"", BYTES("\x12\x00")},
    {"x", BYTES("\x12\x03\x0a\x01x")},
    {"invalid uuid", BYTES("\x12\x0e\x0a\x0cinvalid uuid")},
};

START_TEST(errors_are_these_bytes)
{
    for (size_t i = 0; i < sizeof error_rows / sizeof *error_rows; i++) {
        const struct bytes *expected = &error_rows[i].bytes;
        struct reply reply = {.is_error = true};
        snprintf(reply.error, sizeof reply.error, "%s", error_rows[i].text);
        uint8_t bytes[REPLY_SIZE_MAX];
        ck_assert_uint_eq(reply_encode(&reply, bytes), expected->length);
        ck_assert_mem_eq(bytes, expected->at, expected->length);

        struct reply decoded;
        ck_assert(decode_reply(expected->at, expected->length, &decoded));
        ck_assert(decoded.is_error);
        ck_assert_str_eq(decoded.error, error_rows[i].text);
    }
}
END_TEST

START_TEST(requests_go_round)
{
    uint8_t bytes[REQUEST_SIZE_MAX];
    for (size_t length = 0; length < REQUEST_TEXT_SIZE; length++) {
        struct request request = {.length = length, .has_position = length % 2 == 0};
        request.position = (uint32_t)length << 22 | (uint32_t)length;
        request.attempt = length % 3 == 0 ? UINT32_MAX - (uint32_t)length : 0;
        for (size_t i = 0; i < length; i++) {
            request.text[i] = (char)(1 + i % 255);
        }
        struct request decoded;
        size_t size = request_encode(&request, bytes);
        ck_assert_uint_le(size, REQUEST_SIZE_MAX);
        ck_assert(decode_request(bytes, size, &decoded));
        assert_requests_equal(&decoded, &request);
    }
}
END_TEST

START_TEST(replies_go_round)
{
    uint8_t bytes[REPLY_SIZE_MAX];
    struct reply decoded;
    for (int i = 0; i < 64; i++) {
        for (int below = 0; below < 2; below++) {
            struct reply reply = {.number = (UINT64_C(1) << i) - (uint64_t)below};
            size_t size = reply_encode(&reply, bytes);
            ck_assert(decode_reply(bytes, size, &decoded));
            ck_assert(!decoded.is_error);
            ck_assert_uint_eq(decoded.number, reply.number);
        }
    }
    for (size_t length = 0; length < FAILURE_TEXT_SIZE; length++) {
        struct reply reply = {.is_error = true};
        memset(reply.error, 'e', length);
        size_t size = reply_encode(&reply, bytes);
        ck_assert_uint_le(size, REPLY_SIZE_MAX);
        ck_assert(decode_reply(bytes, size, &decoded));
        ck_assert(decoded.is_error);
        ck_assert_str_eq(decoded.error, reply.error);
    }
}
END_TEST

START_TEST(a_position_is_present_or_not)
{
    struct request request;
    ck_assert(decode_request("\x0a\x01x", 3, &request));
    ck_assert(!request.has_position);
    ck_assert(decode_request("\x0a\x01x\x10\x00", 5, &request));
    ck_assert(request.has_position);
    ck_assert_uint_eq(request.position, 0);
    ck_assert(decode_request("\x10\x07\x0a\x01x", 5, &request)); /* in another order */
    ck_assert(request.has_position);
    ck_assert_uint_eq(request.position, 7);
    ck_assert_str_eq(request.text, "x");
    ck_assert(decode_request("\x10\x07\x10\x00", 4, &request)); /* the last one counts */
    ck_assert(request.has_position);
    ck_assert_uint_eq(request.position, 0);
    ck_assert_uint_eq(request.length, 0);
    ck_assert(decode_request("\x0a\x01x\x0a\x02yz", 7, &request));
    ck_assert_str_eq(request.text, "yz");
    ck_assert_uint_eq(request.length, 2);
    ck_assert(decode_request("\x0a\x01x\x0a\x00", 5, &request));
    ck_assert_uint_eq(request.length, 0);
}
END_TEST

START_TEST(an_attempt_that_is_absent_is_0)
{
    struct request request = {.attempt = 77};
    ck_assert(decode_request("\x0a\x01x", 3, &request));
    ck_assert_uint_eq(request.attempt, 0);
    ck_assert(decode_request("\x0a\x01x\x18\x00", 5, &request)); /* a zero may be spelt out */
    ck_assert_uint_eq(request.attempt, 0);
    ck_assert(decode_request("\x18\x07\x10\x05\x0a\x01x", 7, &request)); /* in another order */
    ck_assert_uint_eq(request.attempt, 7);
    ck_assert(request.has_position);
    ck_assert_uint_eq(request.position, 5);
    ck_assert(decode_request("\x18\x07\x18\x05", 4, &request)); /* the last one counts */
    ck_assert_uint_eq(request.attempt, 5);
}
END_TEST

static const struct {
    struct bytes bytes;
    int64_t interval_ns;
} interval_rows[] = {
    {BYTES("\x0a\x01x"), 0},
    {BYTES("\x0a\x01x\x28\x00"), 0}, /* a zero may be spelt out */
    {BYTES("\x0a\x01x\x28\x01"), 1},
    {BYTES("\x28\x80\x94\xeb\xdc\x03\x0a\x01x"), 1000000000},
    {BYTES("\x0a\x01x\x28\xff\xbf\xe2\x85\xe3\x68"), 3599999999999},
    {BYTES("\x0a\x01x\x28\x80\xc0\xe2\x85\xe3\x68"), 3600000000000},
    {BYTES("\x0a\x01x\x28\x81\xc0\xe2\x85\xe3\x68"), 3600000000000}, /* too long a wish */
    {BYTES("\x0a\x01x\x28\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), 3600000000000},
    {BYTES("\x0a\x01x\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 3600000000000},
    {BYTES("\x0a\x01x\x28\x07\x28\x05"), 5}, /* the last one counts */
};

START_TEST(an_interval_that_is_wished_for_is_an_hour_at_most)
{
    for (size_t i = 0; i < sizeof interval_rows / sizeof *interval_rows; i++) {
        struct request request = {.interval_ns = 77};
        ck_assert(
            decode_request(interval_rows[i].bytes.at, interval_rows[i].bytes.length, &request));
        ck_assert_int_eq(request.interval_ns, interval_rows[i].interval_ns);
        ck_assert_str_eq(request.text, "x");

        uint8_t bytes[REQUEST_SIZE_MAX];
        struct request decoded;
        ck_assert(decode_request(bytes, request_encode(&request, bytes), &decoded));
        assert_requests_equal(&decoded, &request);
    }
}
END_TEST

START_TEST(a_text_that_does_not_fit_is_cut)
{
    struct request request = {.has_position = true,
                              .position = UINT32_MAX,
                              .attempt = UINT32_MAX,
                              .interval_ns = -1, /* in the most bytes */
                              .length = REQUEST_TEXT_SIZE - 1};
    memset(request.text, 'x', request.length);
    uint8_t bytes[REQUEST_SIZE_MAX];
    struct request decoded;
    ck_assert_uint_eq(request_encode(&request, bytes), REQUEST_SIZE_MAX);
    ck_assert(decode_request(bytes, REQUEST_SIZE_MAX, &decoded));
    ck_assert_uint_eq(decoded.attempt, UINT32_MAX);
    ck_assert_int_eq(decoded.interval_ns, REQUEST_INTERVAL_MAX_NS);
    ck_assert_uint_lt(decoded.length, request.length);
}
END_TEST

START_TEST(a_nul_byte_inside_is_kept)
{
    struct request request;
    ck_assert(decode_request("\x0a\x07START\0x", 9, &request));
    ck_assert_uint_eq(request.length, 7);
    ck_assert_mem_eq(request.text, "START\0x", 8);
    ck_assert(decode_request("\x0a\x01\0", 3, &request));
    ck_assert_uint_eq(request.length, 1);
    ck_assert_mem_eq(request.text, "\0", 2);
    ck_assert(decode_request("\x0a\x06START\0", 8, &request));
    ck_assert_uint_eq(request.length, 6);

    struct command command;
    struct failure failure;
    ck_assert_int_eq(
        command_parse(MODE_STATELESS, 1, request.text, request.length, &command, &failure),
        ERROR_UNKNOWN_COMMAND);
}
END_TEST

/* What the original's client and server put on the wire: no position; the uuid in quotes. */
START_TEST(an_original_peers_messages_are_read)
{
    static const char uuid[] = "a17417a0-aa39-40b5-8675-247713cc4908";
    struct request request;
    struct command command;
    struct failure failure;
    static const char start[] = "\x0a\x2e"
                                "START \"a17417a0-aa39-40b5-8675-247713cc4908\" 5";
    ck_assert(decode_request(start, sizeof start - 1, &request));
    ck_assert(!request.has_position);
    ck_assert_int_eq(
        command_parse(MODE_STATEFUL, 65535, request.text, request.length, &command, &failure),
        ERROR_NONE);
    ck_assert_int_eq(command.kind, COMMAND_START);
    ck_assert_uint_eq(command.n, 5);
    struct uuid expected;
    ck_assert(uuid_parse(uuid, sizeof uuid - 1, &expected));
    ck_assert(uuid_equal(&command.uuid, &expected));

    static const char resume[] = "\x0a\x3a"
                                 "CONTINUE \"a17417a0-aa39-40b5-8675-247713cc4908\" 2229533162";
    ck_assert(decode_request(resume, sizeof resume - 1, &request));
    ck_assert(!request.has_position);
    ck_assert_int_eq(
        command_parse(MODE_STATEFUL, 65535, request.text, request.length, &command, &failure),
        ERROR_NONE);
    ck_assert_int_eq(command.kind, COMMAND_CONTINUE);
    ck_assert_uint_eq(command.last, 2229533162);

    struct reply reply;
    ck_assert(decode_reply("\x0a\x06\x08\xb8\x90\xda\xae\x0e", 8, &reply));
    ck_assert_uint_eq(reply.number, 3856042040);
    ck_assert(decode_reply("\x12\x11\x0a\x0finvalid n value", 19, &reply));
    ck_assert_int_eq(error_from_message(reply.error), ERROR_N_VALUE);
}
END_TEST

Suite *codec_suite(void)
{
    Suite *suite = suite_create("codec");
    TCase *tcase = tcase_create("codec");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, requests_are_these_bytes);
    tcase_add_test(tcase, numbers_are_these_bytes);
    tcase_add_test(tcase, errors_are_these_bytes);
    tcase_add_test(tcase, requests_go_round);
    tcase_add_test(tcase, replies_go_round);
    tcase_add_test(tcase, a_position_is_present_or_not);
    tcase_add_test(tcase, an_attempt_that_is_absent_is_0);
    tcase_add_test(tcase, an_interval_that_is_wished_for_is_an_hour_at_most);
    tcase_add_test(tcase, a_text_that_does_not_fit_is_cut);
    tcase_add_test(tcase, a_nul_byte_inside_is_kept);
    tcase_add_test(tcase, an_original_peers_messages_are_read);
    return suite;
}
