/* shared/protocol/codec: the bytes of padded numbers, and the size of a request. */
#include "shared/protocol/codec.h"
#include "shared/protocol/padding.h"
#include "test/kit/message_bytes.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    uint64_t number;
    uint32_t size;
    struct bytes head;
} rows[] = {
    {0, 1, BYTES("\x0a\x03\x12\x01")},
    {1, 1, BYTES("\x0a\x05\x08\x01\x12\x01")},
    {300, 127, BYTES("\x0a\x84\x01\x08\xac\x02\x12\x7f")},
    {300, 128, BYTES("\x0a\x86\x01\x08\xac\x02\x12\x80\x01")},
    {1, 16384, BYTES("\x0a\x86\x80\x01\x08\x01\x12\x80\x80\x01")},
    {UINT64_MAX, PADDING_MAX,
     BYTES("\x0a\x8f\x80\x40\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x12\x80\x80\x40")},
};

START_TEST(padded_numbers_begin_with_these_bytes)
{
    const struct bytes *head = &rows[_i].head;
    const size_t whole = head->length + rows[_i].size;
    uint8_t bytes[REPLY_HEAD_SIZE];
    uint64_t number = 4;
    ck_assert_uint_eq(reply_encode_head(rows[_i].number, rows[_i].size, bytes), head->length);
    ck_assert_mem_eq(bytes, head->at, head->length);
    ck_assert_uint_eq(reply_decode_head(bytes, head->length, whole, &number), head->length);
    ck_assert_uint_eq(number, rows[_i].number);

    /* Of another length, or cut, it is another message. */
    ck_assert_uint_eq(reply_decode_head(bytes, head->length, whole + 1, &number), 0);
    ck_assert_uint_eq(reply_decode_head(bytes, head->length, whole - 1, &number), 0);
    for (size_t length = 0; length < head->length; length++) {
        ck_assert_uint_eq(reply_decode_head(bytes, length, whole, &number), 0);
    }
}
END_TEST

/* The whole message, for a reader that takes any spelling. */
START_TEST(padded_numbers_are_messages_of_protobuf)
{
    const size_t head = rows[_i].head.length;
    const size_t length = head + rows[_i].size;
    uint8_t *bytes = malloc(length);
    struct reply reply;
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, rows[_i].head.at, head);
    memset(bytes + head, 7, rows[_i].size);
    ck_assert(reply_decode(bytes, length, &reply));
    ck_assert(!reply.is_error);
    ck_assert_uint_eq(reply.number, rows[_i].number);
    ck_assert_uint_eq(reply.padding_length, rows[_i].size);
    ck_assert_ptr_eq(reply.padding, bytes + head);
    free(bytes);
}
END_TEST

/* In another order, in two parts, of which the last one counts, and where there is none. */
START_TEST(padding_in_any_spelling_is_read)
{
    static const struct {
        struct bytes bytes;
        uint64_t number;
        const char *padding;
    } spellings[] = {
        {BYTES("\x0a\x06\x12\x02"
               "ab\x08\x09"),
         9, "ab"},
        {BYTES("\x0a\x04\x08\x09\x12\x00"), 9, ""},
        {BYTES("\x0a\x02\x08\x09\x0a\x04\x12\x02"
               "ab"),
         9, "ab"},
        {BYTES("\x0a\x09\x12\x01x\x08\x09\x12\x02"
               "ab"),
         9, "ab"},
        {BYTES("\x0a\x02\x08\x09"), 9, ""},
        {BYTES("\x0a\x04\x12\x02"
               "ab"),
         0, "ab"},
    };
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        struct reply reply = {.padding_length = 77};
        ck_assert(reply_decode((const uint8_t *)spellings[i].bytes.at, spellings[i].bytes.length,
                               &reply));
        ck_assert_uint_eq(reply.number, spellings[i].number);
        ck_assert_uint_eq(reply.padding_length, strlen(spellings[i].padding));
        ck_assert(reply.padding_length == 0 ||
                  memcmp(reply.padding, spellings[i].padding, reply.padding_length) == 0);
    }
    struct reply reply;
    ck_assert(!decode_reply("\x0a\x04\x08\x09\x10\x01", 6, &reply)); /* no bytes */
}
END_TEST

START_TEST(a_size_is_the_fourth_field)
{
    struct request request = {.text = "x", .length = 1, .size = 16384};
    struct request decoded;
    uint8_t bytes[REQUEST_SIZE_MAX];
    ck_assert_uint_eq(request_encode(&request, bytes), 7);
    ck_assert_mem_eq(bytes, "\x0a\x01x\x20\x80\x80\x01", 7);
    ck_assert(decode_request(bytes, 7, &decoded));
    ck_assert_uint_eq(decoded.size, 16384);
    ck_assert(decode_request(bytes, 3, &decoded));
    ck_assert_uint_eq(decoded.size, 0);
}
END_TEST

Suite *codec_padded_suite(void)
{
    Suite *suite = suite_create("codec-padded");
    TCase *tcase = tcase_create("codec-padded");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, padded_numbers_begin_with_these_bytes, 0,
                        sizeof rows / sizeof *rows);
    tcase_add_loop_test(tcase, padded_numbers_are_messages_of_protobuf, 0,
                        sizeof rows / sizeof *rows);
    tcase_add_test(tcase, padding_in_any_spelling_is_read);
    tcase_add_test(tcase, a_size_is_the_fourth_field);
    return suite;
}
