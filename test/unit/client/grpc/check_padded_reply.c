/* client/grpc/padded_reply: padded messages in C core's slices, of any lengths. */
#include "client/grpc/padded_reply.h"
#include "shared/protocol/padding.h"
#include "test/suites.h"

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>

#include <stdlib.h>
#include <string.h>

#define NUMBER UINT64_C(3856042040)

enum { SIZE = 300, SLICES_MAX = 400 };

static uint8_t message[REPLY_HEAD_SIZE + 2 * SIZE];
static size_t head;

/* A message of NUMBER with the right padding, which is `length` bytes long. */
static void write_message(uint32_t length)
{
    head = reply_encode_head(NUMBER, length, message);
    memcpy(message + head, padding_of(NUMBER), length);
}

/* Reads it in slices of `piece` bytes. */
static bool read_message(size_t length, size_t piece, struct reply *ret_reply,
                         struct padding_fault *ret_fault)
{
    grpc_slice slices[SLICES_MAX];
    size_t count = 0;
    for (size_t at = 0; at < length; at += piece) {
        size_t part = piece < length - at ? piece : length - at;
        slices[count++] = grpc_slice_from_copied_buffer((const char *)message + at, part);
    }
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(slices, count);
    bool good = padded_reply_read(buffer, SIZE, ret_reply, ret_fault);
    grpc_byte_buffer_destroy(buffer);
    for (size_t i = 0; i < count; i++) {
        grpc_slice_unref(slices[i]);
    }
    return good;
}

static const size_t pieces[] = {1, 2, 3, 7, 8, 9, 23, 24, 25, 100, 150, 1000};
enum { PIECES = sizeof pieces / sizeof *pieces };

static void set_up(void)
{
    padding_prepare();
    write_message(SIZE);
}

START_TEST(a_right_message_is_read_in_any_slices)
{
    struct reply reply;
    struct padding_fault fault;
    ck_assert(read_message(head + SIZE, pieces[_i], &reply, &fault));
    ck_assert(!reply.is_error);
    ck_assert_uint_eq(reply.number, NUMBER);
    ck_assert_int_eq(fault.kind, PADDING_RIGHT);
}
END_TEST

START_TEST(each_wrong_byte_is_found)
{
    struct reply reply;
    struct padding_fault fault;
    for (size_t i = 0; i < SIZE; i++) {
        message[head + i] ^= 4;
        ck_assert(read_message(head + SIZE, pieces[_i], &reply, &fault));
        ck_assert_int_eq(fault.kind, PADDING_BYTE);
        ck_assert_uint_eq(fault.at, i + 1);
        ck_assert_uint_eq(reply.number, NUMBER);
        message[head + i] ^= 4;
    }
}
END_TEST

START_TEST(a_wrong_length_is_found)
{
    static const uint32_t lengths[] = {0, 1, SIZE - 1, SIZE + 1, 2 * SIZE};
    struct reply reply;
    struct padding_fault fault;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        write_message(lengths[i]);
        ck_assert(read_message(head + lengths[i], 50, &reply, &fault));
        ck_assert_int_eq(fault.kind, PADDING_LENGTH);
        ck_assert_uint_eq(fault.length, lengths[i]);
        ck_assert_uint_eq(fault.wanted, SIZE);
    }
    uint8_t plain[REPLY_NUMBER_SIZE]; /* as an original server sends it */
    size_t length = reply_encode_number(NUMBER, plain);
    memcpy(message, plain, length);
    ck_assert(read_message(length, 50, &reply, &fault));
    ck_assert_uint_eq(reply.number, NUMBER);
    ck_assert_int_eq(fault.kind, PADDING_LENGTH);
    ck_assert_uint_eq(fault.length, 0);
}
END_TEST

/* The padding first, as another server may write it. */
START_TEST(another_spelling_is_compared_too)
{
    struct reply reply;
    struct padding_fault fault;
    uint8_t *at = message;
    const uint8_t begin[] = {0x0a, 0xb1, 0x02, 0x12, 0xac, 0x02}; /* 305 bytes, of which 300 */
    const uint8_t end[] = {0x08, 0x51};
    memcpy(at, begin, sizeof begin);
    memcpy(at + sizeof begin, padding_of(81), SIZE);
    memcpy(at + sizeof begin + SIZE, end, sizeof end);
    ck_assert(read_message(sizeof begin + SIZE + sizeof end, 100, &reply, &fault));
    ck_assert_uint_eq(reply.number, 81);
    ck_assert_int_eq(fault.kind, PADDING_RIGHT);
    at[sizeof begin + SIZE - 1] ^= 1;
    ck_assert(read_message(sizeof begin + SIZE + sizeof end, 100, &reply, &fault));
    ck_assert_int_eq(fault.kind, PADDING_BYTE);
    ck_assert_uint_eq(fault.at, SIZE);
}
END_TEST

START_TEST(an_error_needs_no_padding)
{
    struct reply reply;
    struct padding_fault fault;
    size_t length = reply_encode_error("invalid size", message);
    ck_assert(read_message(length, 5, &reply, &fault));
    ck_assert(reply.is_error);
    ck_assert_str_eq(reply.error, "invalid size");
    ck_assert_int_eq(fault.kind, PADDING_RIGHT);
    ck_assert(!read_message(length - 1, 5, &reply, &fault)); /* no Reply */
    ck_assert(!read_message(0, 1, &reply, &fault));
}
END_TEST

Suite *padded_reply_suite(void)
{
    Suite *suite = suite_create("padded-reply");
    TCase *tcase = tcase_create("padded-reply");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_loop_test(tcase, a_right_message_is_read_in_any_slices, 0, PIECES);
    tcase_add_loop_test(tcase, each_wrong_byte_is_found, 0, PIECES);
    tcase_add_test(tcase, a_wrong_length_is_found);
    tcase_add_test(tcase, another_spelling_is_compared_too);
    tcase_add_test(tcase, an_error_needs_no_padding);
    return suite;
}
