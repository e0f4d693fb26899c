/* shared/protocol/codec: messages in other spellings, too long ones, and bytes that are none. */
#include "shared/protocol/codec.h"
#include "test/kit/message_bytes.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct bytes unknown_fields[] = {
    BYTES("\x48\x00"), /* 9, a varint */
    BYTES("\x48\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    BYTES("\x49\x01\x02\x03\x04\x05\x06\x07\x08"), /* 9, 64 bits */
    BYTES("\x4a\x00"),                             /* 9, empty bytes */
    BYTES("\x4a\x03"
          "abc"),
    BYTES("\x4d\x01\x02\x03\x04"),     /* 9, 32 bits */
    BYTES("\x7a\x01x"),                /* 15 */
    BYTES("\x82\x01\x01x"),            /* 16 */
    BYTES("\xf8\xff\xff\xff\x0f\x01"), /* 2^29 - 1, the largest there is */
};
enum { UNKNOWN_COUNT = sizeof unknown_fields / sizeof *unknown_fields };

static size_t append(uint8_t *bytes, size_t used, const char *more, size_t length)
{
    memcpy(bytes + used, more, length);
    return used + length;
}

START_TEST(unknown_fields_are_skipped)
{
    for (size_t i = 0; i < UNKNOWN_COUNT; i++) {
        const struct bytes *unknown = &unknown_fields[i];
        for (int place = 0; place < 3; place++) {
            uint8_t bytes[64];
            size_t used = 0;
            struct request request;
            used = place == 0 ? append(bytes, used, unknown->at, unknown->length) : used;
            used = append(bytes, used, "\x0a\x05START", 7);
            used = place == 1 ? append(bytes, used, unknown->at, unknown->length) : used;
            used = append(bytes, used, "\x10\x05", 2);
            used = place == 2 ? append(bytes, used, unknown->at, unknown->length) : used;
            ck_assert(decode_request(bytes, used, &request));
            ck_assert_str_eq(request.text, "START");
            ck_assert(request.has_position);
            ck_assert_uint_eq(request.position, 5);

            struct reply reply;
            used = append(bytes, 0, "\x0a\x02\x08\x09", 4);
            used = append(bytes, used, unknown->at, unknown->length);
            ck_assert(decode_reply(bytes, used, &reply));
            ck_assert_uint_eq(reply.number, 9);
        }
        struct reply reply;
        ck_assert(!decode_reply(unknown->at, unknown->length, &reply)); /* nothing else in it */
    }
    struct reply reply;
    ck_assert(decode_reply("\x0a\x07\x08\x09\x1a\x03"
                           "abc",
                           9, &reply)); /* inside the Data */
    ck_assert_uint_eq(reply.number, 9);
}
END_TEST

static const struct {
    struct bytes bytes;
    bool is_number;
    uint64_t number;
} spellings[] = {
    {BYTES("\x0a\x02\x08\x7f"), true, 127},
    {BYTES("\x0a\x03\x08\x80\x00"), true, 0}, /* longer than it need be */
    {BYTES("\x0a\x04\x08\x81\x80\x00"), true, 1},
    {BYTES("\x0a\x0a\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), true, INT64_MAX},
    {BYTES("\x0a\x0b\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), true, UINT64_C(1) << 63},
    {BYTES("\x0a\x0b\x08\x85\x80\x80\x80\x80\x80\x80\x80\x80\x7e"), true, 5}, /* bits too many */
    {BYTES("\x0a\x04\x08\x01\x08\x02"), true, 2}, /* the last one counts */
    {BYTES("\x0a\x02\x08\x01\x0a\x02\x08\x02"), true, 2},
    {BYTES("\x0a\x82\x00\x08\x05"), true, 5}, /* a length longer than it need be */
    {BYTES("\x0a\x0b\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"), false, 0},
    {BYTES("\x0a\x0c\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), false, 0},
    {BYTES("\x0a\x03\x08\x05"), false, 0}, /* lengths that are wrong */
    {BYTES("\x0a\x01\x08\x05"), false, 0},
    {BYTES("\x0a\x02\x08\x85"), false, 0},
    {BYTES("\x0a\x01\x08"), false, 0},
};

/* With an unknown field behind it a message is read in another way, and reads the same. */
START_TEST(a_number_reads_the_same_in_every_spelling)
{
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        const struct bytes *spelling = &spellings[i].bytes;
        uint8_t bytes[64];
        size_t used = append(bytes, 0, spelling->at, spelling->length);
        size_t more = append(bytes, used, "\x18\x00", 2);
        for (size_t length = used; length <= more; length += more - used) {
            struct reply reply;
            ck_assert_int_eq(decode_reply(bytes, length, &reply), spellings[i].is_number);
            if (spellings[i].is_number) {
                ck_assert(!reply.is_error);
                ck_assert_uint_eq(reply.number, spellings[i].number);
            }
        }
    }
}
END_TEST

START_TEST(many_unknown_fields_are_skipped)
{
    uint8_t bytes[REQUEST_SIZE_MAX];
    size_t used = append(bytes, 0, "\x0a\x05START", 7);
    while (used + 2 <= sizeof bytes) {
        used = append(bytes, used, "\x48\x01", 2);
    }
    struct request request;
    ck_assert(decode_request(bytes, used, &request));
    ck_assert_str_eq(request.text, "START");
    ck_assert(!request.has_position);

    used = append(bytes, 0, "\x12\x03\x0a\x01x", 5);
    while (used + 3 <= sizeof bytes) {
        used = append(bytes, used, "\x1a\x01y", 3);
    }
    struct reply reply;
    ck_assert(decode_reply(bytes, used, &reply));
    ck_assert_str_eq(reply.error, "x");
}
END_TEST

START_TEST(every_cut_message_is_refused)
{
    static const struct bytes requests[] = {
        BYTES("\x0a\x05START"), BYTES("\x10\x80\x80\x80\x80\x01"), BYTES("\x4d\x01\x02\x03\x04"),
        BYTES("\x49\x01\x02\x03\x04\x05\x06\x07\x08"), BYTES("\x82\x01\x01x")};
    struct request request;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        ck_assert(decode_request(requests[i].at, requests[i].length, &request));
        for (size_t length = 1; length < requests[i].length; length++) {
            ck_assert(!decode_request(requests[i].at, length, &request));
        }
    }
    static const struct bytes replies[] = {BYTES("\x0a\x06\x08\xff\xff\xff\xff\x0f"),
                                           BYTES("\x12\x0e\x0a\x0cinvalid uuid")};
    struct reply reply;
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        ck_assert(decode_reply(replies[i].at, replies[i].length, &reply));
        for (size_t length = 0; length < replies[i].length; length++) {
            ck_assert(!decode_reply(replies[i].at, length, &reply));
        }
    }
}
END_TEST

START_TEST(garbage_is_refused)
{
    static const struct bytes garbage[] = {
        BYTES("\xff"),
        BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        BYTES("\0"),
        BYTES("\x02\x01x"),                /* field 0 */
        BYTES("\x0a\x05STAR"),             /* longer than what follows */
        BYTES("\x0a\xff\xff\xff\xff\x0f"), /* 4 GiB of text */
        BYTES("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
        BYTES("\x08\x05"),                                         /* the text as a varint */
        BYTES("\x0d\x01\x02\x03\x04"),                             /* the text as 32 bits */
        BYTES("\x12\x01x"),                                        /* the position as bytes */
        BYTES("\x1a\x01x"),                                        /* the attempt as bytes */
        BYTES("\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), /* 11 bytes of a varint */
        BYTES("\x0e"),                                             /* wire types 6 and 7 */
        BYTES("\x0f"),
        BYTES("START"),
        BYTES("GET / HTTP/1.1\r\n\r\n"),
    };
    struct request request;
    struct reply reply;
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        ck_assert_msg(!decode_request(garbage[i].at, garbage[i].length, &request), "row %zu", i);
        if (garbage[i].at[0] != '\x0a' && garbage[i].at[0] != '\x12') {
            ck_assert_msg(!decode_reply(garbage[i].at, garbage[i].length, &reply), "row %zu", i);
        }
    }
    ck_assert(!decode_reply("", 0, &reply));
    ck_assert(!decode_reply("\x0a\x02\x0a\x00", 4, &reply)); /* the number as bytes */
    ck_assert(!decode_reply("\x0a\x02\x08\x80", 4, &reply));
    ck_assert(!decode_reply("\x12\x02\x08\x01", 4, &reply)); /* the text as a varint */
    ck_assert(!decode_reply("\x12\x03\x0a\x05x", 5, &reply));
}
END_TEST

START_TEST(of_number_and_error_the_last_counts)
{
    struct reply reply;
    ck_assert(decode_reply("\x0a\x02\x08\x09\x12\x03\x0a\x01x", 9, &reply));
    ck_assert(reply.is_error);
    ck_assert_str_eq(reply.error, "x");
    ck_assert(decode_reply("\x12\x03\x0a\x01x\x0a\x02\x08\x09", 9, &reply));
    ck_assert(!reply.is_error);
    ck_assert_uint_eq(reply.number, 9);
}
END_TEST

/* A message of `size` bytes: the beginning, then unknown fields. */
static void pad(uint8_t *bytes, size_t size, const struct bytes *beginning)
{
    size_t used = append(bytes, 0, beginning->at, beginning->length);
    if ((size - used) % 2 == 1) {
        used = append(bytes, used, "\x18\x80\x00", 3);
    }
    while (used < size) {
        used = append(bytes, used, "\x18\x00", 2);
    }
    ck_assert_uint_eq(used, size);
}

START_TEST(too_many_bytes_of_a_request_are_refused)
{
    static const struct bytes start = BYTES("\x0a\x05START");
    uint8_t bytes[2 * REQUEST_SIZE_MAX];
    struct request request;
    pad(bytes, REQUEST_SIZE_MAX, &start);
    ck_assert(decode_request(bytes, REQUEST_SIZE_MAX, &request));
    pad(bytes, REQUEST_SIZE_MAX + 1, &start);
    ck_assert(!decode_request(bytes, REQUEST_SIZE_MAX + 1, &request));
}
END_TEST

/* Another server's may be as long as C core receives. */
START_TEST(a_reply_of_any_length_is_read)
{
    enum { LONGEST = 4 << 20 };
    static const struct bytes number = BYTES("\x0a\x02\x08\x09");
    static const struct bytes nothing = BYTES("\x18\x00");
    static const size_t sizes[] = {REPLY_SIZE_MAX, REPLY_SIZE_MAX + 1, 5000, LONGEST};
    uint8_t *bytes = malloc(LONGEST);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct reply reply;
        pad(bytes, sizes[i], &number);
        ck_assert(decode_reply(bytes, sizes[i], &reply));
        ck_assert(!reply.is_error);
        ck_assert_uint_eq(reply.number, 9);
        bytes[sizes[i] - 1] = 0x80; /* the last field is cut */
        ck_assert(!decode_reply(bytes, sizes[i], &reply));
        pad(bytes, sizes[i], &nothing);
        ck_assert(!decode_reply(bytes, sizes[i], &reply));
    }
    free(bytes);
}
END_TEST

START_TEST(a_field_that_comes_twice_is_merged)
{
    struct reply reply;
    ck_assert(decode_reply("\x0a\x02\x08\x05\x0a\x00", 6, &reply)); /* Data of 5, empty Data */
    ck_assert_uint_eq(reply.number, 5);
    ck_assert(decode_reply("\x0a\x00", 2, &reply));
    ck_assert_uint_eq(reply.number, 0);
    ck_assert(decode_reply("\x12\x03\x0a\x01x\x12\x00", 7, &reply));
    ck_assert_str_eq(reply.error, "x");
    ck_assert(decode_reply("\x12\x03\x0a\x01x\x0a\x00\x12\x00", 9, &reply));
    ck_assert(reply.is_error);
    ck_assert_str_eq(reply.error, ""); /* the Data between them has taken the first one's place */
    ck_assert(!decode_reply("\x08\x05", 2, &reply)); /* a Data as a varint */
}
END_TEST

START_TEST(too_long_a_text_is_refused)
{
    uint8_t bytes[REQUEST_SIZE_MAX];
    struct request request;
    memset(bytes, 'x', sizeof bytes);
    (void)append(bytes, 0, "\x0a\xe7\x07", 3); /* 999 */
    ck_assert(decode_request(bytes, 3 + 999, &request));
    ck_assert_uint_eq(request.length, 999);
    ck_assert_uint_eq(strlen(request.text), 999);
    bytes[1] = 0xe8; /* 1,000 */
    ck_assert(!decode_request(bytes, 3 + 1000, &request));
}
END_TEST

START_TEST(a_long_error_is_cut)
{
    uint8_t bytes[6 + 1016];
    struct reply reply;
    memset(bytes, 'x', sizeof bytes);
    (void)append(bytes, 0, "\x12\xc2\x01\x0a\xbf\x01", 6); /* 191 characters: it fits */
    ck_assert(decode_reply(bytes, 6 + 191, &reply));
    ck_assert_uint_eq(strlen(reply.error), FAILURE_TEXT_SIZE - 1);
    ck_assert_ptr_null(strchr(reply.error, '.'));
    (void)append(bytes, 0, "\x12\xc3\x01\x0a\xc0\x01", 6); /* 192 characters */
    ck_assert(decode_reply(bytes, 6 + 192, &reply));
    ck_assert(reply.is_error);
    ck_assert_uint_eq(strlen(reply.error), FAILURE_TEXT_SIZE - 1);
    ck_assert_str_eq(reply.error + FAILURE_TEXT_SIZE - 5, "x...");
    (void)append(bytes, 0, "\x12\xfb\x07\x0a\xf8\x07", 6); /* 1,016 characters */
    ck_assert(decode_reply(bytes, 6 + 1016, &reply));
    ck_assert_str_eq(reply.error + FAILURE_TEXT_SIZE - 5, "x...");
}
END_TEST

START_TEST(an_error_is_printable)
{
    struct reply reply;
    ck_assert(decode_reply("\x12\x0b\x0a\x09"
                           "a\0b\n\xc3\xa4\xff\x1b!",
                           13, &reply));
    ck_assert(reply.is_error);
    ck_assert_str_eq(reply.error, "a?b?"
                                  "???"
                                  "?!");
}
END_TEST

Suite *codec_odd_suite(void)
{
    Suite *suite = suite_create("codec-odd");
    TCase *tcase = tcase_create("codec-odd");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, unknown_fields_are_skipped);
    tcase_add_test(tcase, a_number_reads_the_same_in_every_spelling);
    tcase_add_test(tcase, many_unknown_fields_are_skipped);
    tcase_add_test(tcase, every_cut_message_is_refused);
    tcase_add_test(tcase, garbage_is_refused);
    tcase_add_test(tcase, of_number_and_error_the_last_counts);
    tcase_add_test(tcase, too_many_bytes_of_a_request_are_refused);
    tcase_add_test(tcase, a_reply_of_any_length_is_read);
    tcase_add_test(tcase, a_field_that_comes_twice_is_merged);
    tcase_add_test(tcase, too_long_a_text_is_refused);
    tcase_add_test(tcase, a_long_error_is_cut);
    tcase_add_test(tcase, an_error_is_printable);
    return suite;
}
