/* shared/protocol/padding: its bytes, as computed by a program that shares no code with it. */
#include "shared/protocol/padding.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

/* The CRC-32 of zlib. */
static uint32_t crc32_of(const uint8_t *bytes, size_t length)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (UINT32_C(0xedb88320) & -(crc & 1));
        }
    }
    return ~crc;
}

static const struct {
    uint64_t number;
    const char *begin;
    uint32_t crc; /* of all PADDING_MAX bytes */
} rows[] = {
    {0, "\x14\x1a\x9a\x66\x62\x8f\x14\x5b", UINT32_C(4148110217)},
    {1, "\x21\x00\x87\x81\xf2\x28\xdf\x52", UINT32_C(2241474207)},
    {3, "\x32\x6f\x41\x6d\xac\x2d\x1e\x9f", UINT32_C(2946499096)},
    {255, "\xe2\x6b\xfe\xde\x63\x31\x1f\xe1", UINT32_C(2291334011)},
    {3856042040, "\x9b\x6c\x81\xf1\xec\x17\x1a\x05", UINT32_C(456133965)},
    {UINT64_MAX, "\xbb\x1b\xb5\x27\xb6\xf9\xb0\xad", UINT32_C(4120017825)},
};

static void set_up(void)
{
    padding_prepare();
    padding_prepare();
}

START_TEST(the_padding_of_a_number_is_these_bytes)
{
    ck_assert_mem_eq(padding_of(rows[_i].number), rows[_i].begin, strlen(rows[_i].begin));
    ck_assert_uint_eq(crc32_of(padding_of(rows[_i].number), PADDING_MAX), rows[_i].crc);
}
END_TEST

START_TEST(a_wrong_byte_is_found_wherever_it_is)
{
    static const size_t places[] = {0, 1, 7, 8, 4095, PADDING_MAX / 2, PADDING_MAX - 1};
    uint8_t *bytes = malloc(PADDING_MAX);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, padding_of(81), PADDING_MAX);
    ck_assert_uint_eq(padding_compare(81, 0, bytes, PADDING_MAX), PADDING_MAX);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        bytes[places[i]] ^= 1;
        ck_assert_uint_eq(padding_compare(81, 0, bytes, PADDING_MAX), places[i]);
        ck_assert_uint_eq(padding_compare(81, 0, bytes, places[i]), places[i]); /* those before */
        bytes[places[i]] ^= 1;
    }
    free(bytes);
}
END_TEST

START_TEST(parts_are_compared_with_their_own_place)
{
    const uint8_t *right = padding_of(7);
    for (size_t at = 0; at < 300; at++) {
        ck_assert_uint_eq(padding_compare(7, at, right + at, 100), 100);
        ck_assert_uint_lt(padding_compare(7, at, right + at + 1, 100), 100);
    }
    ck_assert_uint_eq(padding_compare(7, PADDING_MAX, right, 0), 0);
}
END_TEST

/* So the padding of another number shows. One in 65,536 is the same by chance. */
START_TEST(numbers_in_a_row_have_other_paddings)
{
    uint64_t number = 5;
    int same = 0;
    for (int i = 0; i < 10000; i++) {
        same += padding_of(number) == padding_of(3 * number) ? 1 : 0;
        number *= 3;
    }
    ck_assert_int_le(same, 2);
}
END_TEST

Suite *padding_suite(void)
{
    Suite *suite = suite_create("padding");
    TCase *tcase = tcase_create("padding");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_loop_test(tcase, the_padding_of_a_number_is_these_bytes, 0,
                        sizeof rows / sizeof *rows);
    tcase_add_test(tcase, a_wrong_byte_is_found_wherever_it_is);
    tcase_add_test(tcase, parts_are_compared_with_their_own_place);
    tcase_add_test(tcase, numbers_in_a_row_have_other_paddings);
    return suite;
}
