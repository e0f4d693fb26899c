/* client/verify/padding_fault: what is wrong with a padding, and the words for it. */
#include "client/verify/padding_fault.h"
#include "client/verify/verifier_text.h"
#include "shared/protocol/padding.h"
#include "test/suites.h"

#include <string.h>

enum { NUMBER = 243 };

static void set_up(void)
{
    padding_prepare();
}

static void assert_words(const struct padding_fault *fault, const char *words)
{
    char text[VERIFIER_ERROR_SIZE];
    verifier_describe_padding(fault, 12, text);
    ck_assert_str_eq(text, words);
}

START_TEST(a_right_padding_has_no_fault)
{
    struct padding_fault fault = {.kind = PADDING_BYTE};
    ck_assert(padding_fault_begin(&fault, 100, 100));
    ck_assert(padding_fault_find(&fault, NUMBER, 0, padding_of(NUMBER), 60));
    ck_assert(padding_fault_find(&fault, NUMBER, 60, padding_of(NUMBER) + 60, 40));
    ck_assert_int_eq(fault.kind, PADDING_RIGHT);
}
END_TEST

START_TEST(a_wrong_length_is_a_fault)
{
    struct padding_fault fault;
    ck_assert(!padding_fault_begin(&fault, 100, 99));
    ck_assert_int_eq(fault.kind, PADDING_LENGTH);
    ck_assert_uint_eq(fault.at, 100);
    assert_words(&fault, "wrong padding after 12 right numbers: expected 100 bytes, received 99");
    ck_assert(!padding_fault_begin(&fault, 100, 1000));
    ck_assert_uint_eq(fault.at, 101);
    assert_words(&fault, "wrong padding after 12 right numbers: expected 100 bytes, received 1000");
    ck_assert(!padding_fault_begin(&fault, 100, 0));
    ck_assert_uint_eq(fault.at, 1);
    ck_assert(!padding_fault_begin(&fault, 0, 5));
    ck_assert_uint_eq(fault.at, 1);
    ck_assert(padding_fault_begin(&fault, 0, 0));
}
END_TEST

START_TEST(a_wrong_byte_is_a_fault)
{
    uint8_t bytes[40];
    struct padding_fault fault;
    memcpy(bytes, padding_of(NUMBER) + 60, sizeof bytes);
    bytes[4] ^= 0x80;
    ck_assert(padding_fault_begin(&fault, 100, 100));
    ck_assert(!padding_fault_find(&fault, NUMBER, 60, bytes, sizeof bytes));
    ck_assert_int_eq(fault.kind, PADDING_BYTE);
    ck_assert_uint_eq(fault.at, 65);
    ck_assert_uint_eq(fault.expected, padding_of(NUMBER)[64]);
    ck_assert_uint_eq(fault.received, padding_of(NUMBER)[64] ^ 0x80);
    fault.expected = 0x0a;
    fault.received = 0x8a;
    assert_words(&fault, "wrong padding after 12 right numbers: byte 65 of 100: expected 0x0a, "
                         "received 0x8a");
}
END_TEST

Suite *padding_fault_suite(void)
{
    Suite *suite = suite_create("padding-fault");
    TCase *tcase = tcase_create("padding-fault");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_right_padding_has_no_fault);
    tcase_add_test(tcase, a_wrong_length_is_a_fault);
    tcase_add_test(tcase, a_wrong_byte_is_a_fault);
    return suite;
}
