/*
 * shared/base/number: what is a number and what is not, what is a duration, and the limits of both.
 */
#include "shared/base/number.h"
#include "test/suites.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNTOUCHED UINT64_C(0x5a5a5a5a5a5a5a5a)

/* Both read a copy of exactly that length, so that a sanitizer sees who reads on. */
static enum number_result parse_number(const char *text, size_t length, uint64_t max,
                                       uint64_t *ret_value)
{
    char *copy = malloc(length == 0 ? 1 : length);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, length);
    enum number_result result = number_parse(copy, length, max, ret_value);
    free(copy);
    return result;
}

static enum number_result parse_duration(const char *text, size_t length, int64_t *ret_ns)
{
    char *copy = malloc(length == 0 ? 1 : length);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, length);
    enum number_result result = duration_parse(copy, length, ret_ns);
    free(copy);
    return result;
}

static void assert_number(const char *text, uint64_t max, enum number_result expected,
                          uint64_t expected_value)
{
    uint64_t value = UNTOUCHED;
    enum number_result result = parse_number(text, strlen(text), max, &value);
    ck_assert_msg(result == expected, "'%s': result %d", text, result);
    ck_assert_msg(value == (expected == NUMBER_OK ? expected_value : UNTOUCHED),
                  "'%s': value %" PRIu64, text, value);
}

static void assert_duration(const char *text, enum number_result expected, int64_t expected_ns)
{
    int64_t ns = -1;
    enum number_result result = parse_duration(text, strlen(text), &ns);
    ck_assert_msg(result == expected, "'%s': result %d", text, result);
    ck_assert_msg(ns == (expected == NUMBER_OK ? expected_ns : -1), "'%s': %" PRId64 " ns", text,
                  ns);
}

START_TEST(decimal_digits_are_a_number)
{
    assert_number("0", UINT64_MAX, NUMBER_OK, 0);
    assert_number("7", UINT64_MAX, NUMBER_OK, 7);
    assert_number("10", UINT64_MAX, NUMBER_OK, 10);
    assert_number("0000000000000000000000000000000000042", UINT64_MAX, NUMBER_OK, 42);
    assert_number("4294967296", UINT64_MAX, NUMBER_OK, UINT64_C(4294967296));
    assert_number("18446744073709551615", UINT64_MAX, NUMBER_OK, UINT64_MAX);
    assert_number("00018446744073709551615", UINT64_MAX, NUMBER_OK, UINT64_MAX);
}
END_TEST

START_TEST(all_else_is_not)
{
    static const char *const texts[] = {
        "",    " ",    "+5", "-",  "--5", "5-",  " 5",       "5 ",   "5.0", "1e3",
        "0x5", "five", "5a", "a5", "1,0", "1_0", "/",        ":",    "-5a", "- 5",
        "\n5", "5\n",  "1:", "1/", "+-5", "-+5", "\xd9\xa3", "-0x1", "nan"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_number(texts[i], UINT64_MAX, NUMBER_INVALID, 0);
    }
    uint64_t value;
    ck_assert_int_eq(parse_number("5\0", 2, UINT64_MAX, &value), NUMBER_INVALID);
    ck_assert_int_eq(parse_number("\0", 1, UINT64_MAX, &value), NUMBER_INVALID);
    ck_assert_int_eq(parse_number("123", 2, UINT64_MAX, &value), NUMBER_OK);
    ck_assert_uint_eq(value, 12);
}
END_TEST

START_TEST(negative_and_too_large_are_out_of_range)
{
    assert_number("-5", UINT64_MAX, NUMBER_RANGE, 0);
    assert_number("-0", UINT64_MAX, NUMBER_RANGE, 0);
    assert_number("-99999999999999999999999999999", UINT64_MAX, NUMBER_RANGE, 0);
    assert_number("18446744073709551616", UINT64_MAX, NUMBER_RANGE, 0);
    assert_number("18446744073709551620", UINT64_MAX, NUMBER_RANGE, 0);
    assert_number("18446744073709551625", UINT64_MAX, NUMBER_RANGE, 0);
    assert_number("36893488147419103232", UINT64_MAX, NUMBER_RANGE, 0);
    assert_number("99999999999999999999", UINT64_MAX, NUMBER_RANGE, 0);
    assert_number("100000000000000000000000000000000000000000000000", UINT64_MAX, NUMBER_RANGE, 0);
    /* where all digits count, the rest of the word does too */
    assert_number("99999999999999999999999x", UINT64_MAX, NUMBER_INVALID, 0);
}
END_TEST

START_TEST(the_limit_is_within)
{
    static const uint64_t limits[] = {0,
                                      1,
                                      5,
                                      9,
                                      10,
                                      255,
                                      65535,
                                      65536,
                                      16777215,
                                      UINT32_MAX,
                                      99999,
                                      UINT64_C(10000000000000000000),
                                      UINT64_MAX - 1};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        char text[32];
        snprintf(text, sizeof text, "%" PRIu64, limits[i]);
        assert_number(text, limits[i], NUMBER_OK, limits[i]);
        snprintf(text, sizeof text, "%" PRIu64, limits[i] + 1);
        assert_number(text, limits[i], NUMBER_RANGE, 0);
        snprintf(text, sizeof text, "%" PRIu64 "0", limits[i]);
        assert_number(text, limits[i], limits[i] == 0 ? NUMBER_OK : NUMBER_RANGE, 0);
    }
}
END_TEST

START_TEST(small_numbers_are_compared_with_every_small_limit)
{
    for (uint64_t max = 0; max <= 120; max++) {
        for (uint64_t value = 0; value <= 130; value++) {
            char text[8];
            snprintf(text, sizeof text, "%" PRIu64, value);
            assert_number(text, max, value <= max ? NUMBER_OK : NUMBER_RANGE, value);
        }
    }
}
END_TEST

START_TEST(durations_have_a_unit)
{
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {
        {"0", 0},
        {"0s", 0},
        {"0ms", 0},
        {"0.0h", 0},
        {"1us", 1000},
        {"10us", 10000},
        {"0.5us", 500},
        {"0.001us", 1},
        {"0.0001us", 0},
        {"1.9999us", 1999},
        {"250ms", 250000000},
        {"0.25ms", 250000},
        {"1s", 1000000000},
        {"001s", 1000000000},
        {"1.5s", 1500000000},
        {"1.500s", 1500000000},
        {"0.000000001s", 1},
        {"1.123456789s", 1123456789},
        {"1.12345678999999999999999999999s", 1123456789},
        {"30s", INT64_C(30000000000)},
        {"2m", INT64_C(120000000000)},
        {"0.5m", INT64_C(30000000000)},
        {"1h", INT64_C(3600000000000)},
        {"1.25h", INT64_C(4500000000000)},
        {"86400s", INT64_C(86400000000000)},
        {"576h", INT64_C(2073600000000000)}, /* 24 days */
        {"576.000h", INT64_C(2073600000000000)},
        {"575.5h", INT64_C(2071800000000000)},
        {"34560m", INT64_C(2073600000000000)},
        {"2073600s", INT64_C(2073600000000000)},
        {"2073599.999999999s", INT64_C(2073599999999999)},
        {"2073600000ms", INT64_C(2073600000000000)},
        {"2073600000000us", INT64_C(2073600000000000)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_duration(rows[i].text, NUMBER_OK, rows[i].ns);
    }
}
END_TEST

START_TEST(durations_of_another_form_are_refused)
{
    static const char *const texts[] = {
        "",     "5",      "00",   "1",     "s",     "ms",   ".s",   ".5s", "5.s",  "1.",
        "1.5",  "-1s",    "+1s",  " 1s",   "1s ",   "1 s",  "1S",   "1Ms", "1sec", "1ns",
        "1d",   "1.2.3s", "1,5s", "1s1s",  "1m30s", "0x1s", "1e3s", "ss",  "s1",   "1\ns",
        "- 1s", "0.0",    "-0",   "1.-5s", "1mm",   "1u",   "1hs"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_duration(texts[i], NUMBER_INVALID, 0);
    }
    int64_t ns;
    ck_assert_int_eq(parse_duration("1s\0", 3, &ns), NUMBER_INVALID);
    ck_assert_int_eq(parse_duration("1sx", 2, &ns), NUMBER_OK);
    ck_assert_int_eq(ns, 1000000000);
}
END_TEST

START_TEST(durations_above_24_days_are_out_of_range)
{
    static const char *const texts[] = {"577h",
                                        "576.1h",
                                        "576.000000001h",
                                        "34561m",
                                        "2073601s",
                                        "2073600.000000001s",
                                        "2073600001ms",
                                        "2073600000001us",
                                        "2073600000000.001us",
                                        "18446744073709551615s",
                                        "18446744073709551616us",
                                        "99999999999999999999999999999h"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_duration(texts[i], NUMBER_RANGE, 0);
    }
}
END_TEST

START_TEST(a_written_duration_is_read_as_the_same)
{
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {{0, "0"},
                {1, "0.001us"},
                {999, "0.999us"},
                {1000, "1us"},
                {1500, "1.500us"},
                {1000001, "1000.001us"},
                {250000000, "250ms"},
                {1500000000, "1500ms"},
                {1000000000, "1s"},
                {90000000000, "90s"},
                {300000000000, "5m"},
                {5400000000000, "90m"},
                {7200000000000, "2h"},
                {2073600000000000, "576h"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[DURATION_TEXT_SIZE];
        ck_assert_str_eq(duration_write(rows[i].ns, text), rows[i].text);
        assert_duration(text, NUMBER_OK, rows[i].ns);
    }
}
END_TEST

static void assert_bytes(const char *text, uint64_t max, enum number_result expected,
                         uint64_t expected_bytes)
{
    uint64_t bytes = UNTOUCHED;
    enum number_result result = bytes_parse(text, strlen(text), max, &bytes);
    ck_assert_msg(result == expected, "'%s': result %d", text, result);
    ck_assert_msg(bytes == (expected == NUMBER_OK ? expected_bytes : UNTOUCHED),
                  "'%s': %" PRIu64 " bytes", text, bytes);
}

START_TEST(bytes_may_have_a_unit)
{
    enum { MIB = 1024 * 1024 };
    assert_bytes("0", MIB, NUMBER_OK, 0);
    assert_bytes("0B", MIB, NUMBER_OK, 0);
    assert_bytes("0MiB", MIB, NUMBER_OK, 0);
    assert_bytes("1500", MIB, NUMBER_OK, 1500);
    assert_bytes("1500B", MIB, NUMBER_OK, 1500);
    assert_bytes("16KiB", MIB, NUMBER_OK, 16384);
    assert_bytes("1024KiB", MIB, NUMBER_OK, MIB);
    assert_bytes("1MiB", MIB, NUMBER_OK, MIB);
    assert_bytes("1048576", MIB, NUMBER_OK, MIB);
    assert_bytes("1048577", MIB, NUMBER_RANGE, 0);
    assert_bytes("1025KiB", MIB, NUMBER_RANGE, 0);
    assert_bytes("2MiB", MIB, NUMBER_RANGE, 0);
    assert_bytes("-1KiB", MIB, NUMBER_RANGE, 0);
    assert_bytes("18446744073709551615KiB", UINT64_MAX, NUMBER_RANGE, 0);
    assert_bytes("18446744073709551615", UINT64_MAX, NUMBER_OK, UINT64_MAX);
    assert_bytes("17592186044415MiB", UINT64_MAX, NUMBER_OK, UINT64_C(17592186044415) << 20);
    static const char *const texts[] = {"",     "KiB",   "B",    "16 KiB", " 16KiB", "16KiB ",
                                        "16K",  "16k",   "16KB", "16kib",  "16MIB",  "1.5MiB",
                                        "1GiB", "0x10B", "1e3",  "16KiBB", "16BKiB", "16i"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_bytes(texts[i], UINT64_MAX, NUMBER_INVALID, 0);
    }
}
END_TEST

START_TEST(written_bytes_are_read_as_the_same)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {{0, "0"},          {1, "1B"},       {1023, "1023B"},  {1024, "1KiB"},
                {1500, "1500B"},   {4095, "4095B"}, {16384, "16KiB"}, {1048575, "1048575B"},
                {1048576, "1MiB"}, {1536, "1536B"}, {3145728, "3MiB"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[BYTES_TEXT_SIZE];
        ck_assert_str_eq(bytes_write(rows[i].bytes, text), rows[i].text);
        assert_bytes(text, UINT64_MAX, NUMBER_OK, rows[i].bytes);
    }
}
END_TEST

Suite *number_suite(void)
{
    Suite *suite = suite_create("number");
    TCase *tcase = tcase_create("number");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, decimal_digits_are_a_number);
    tcase_add_test(tcase, all_else_is_not);
    tcase_add_test(tcase, negative_and_too_large_are_out_of_range);
    tcase_add_test(tcase, the_limit_is_within);
    tcase_add_test(tcase, small_numbers_are_compared_with_every_small_limit);
    tcase_add_test(tcase, durations_have_a_unit);
    tcase_add_test(tcase, durations_of_another_form_are_refused);
    tcase_add_test(tcase, durations_above_24_days_are_out_of_range);
    tcase_add_test(tcase, a_written_duration_is_read_as_the_same);
    tcase_add_test(tcase, bytes_may_have_a_unit);
    tcase_add_test(tcase, written_bytes_are_read_as_the_same);
    return suite;
}
