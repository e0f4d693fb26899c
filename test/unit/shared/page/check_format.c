/* shared/page/format: numbers and times as people read them, and where their units meet. */
#include "shared/base/clock.h"
#include "shared/page/format.h"
#include "test/suites.h"

START_TEST(counts_have_commas)
{
    static const struct {
        uint64_t count;
        const char *text;
    } cases[] = {{0, "0"},
                 {7, "7"},
                 {999, "999"},
                 {1000, "1,000"},
                 {12345, "12,345"},
                 {999999, "999,999"},
                 {1234567, "1,234,567"},
                 {UINT64_MAX, "18,446,744,073,709,551,615"}};
    char text[FORMAT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_ptr_eq(format_count(cases[i].count, text), text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(small_rates_have_a_decimal)
{
    static const struct {
        double rate;
        const char *text;
    } cases[] = {{0, "0"},         {0.04, "0.0"},       {0.5, "0.5"},          {12.34, "12.3"},
                 {99.94, "99.9"},  {99.96, "100"},      {100, "100"},          {100.5, "101"},
                 {999.6, "1,000"}, {10202.6, "10,203"}, {1e9, "1,000,000,000"}};
    char text[FORMAT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_ptr_eq(format_rate(cases[i].rate, text), text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(durations_have_three_digits)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{0, "0 s"},
                 {1, "1 ns"},
                 {999, "999 ns"},
                 {1000, "1 µs"},
                 {1234, "1.23 µs"},
                 {12345, "12.3 µs"},
                 {123456, "123 µs"},
                 {999499, "999 µs"},
                 {999500, "1.00 ms"},
                 {250 * NS_PER_MS, "250 ms"},
                 {250 * NS_PER_MS + 1, "250 ms"},
                 {9994 * NS_PER_MS / 1000, "9.99 ms"},
                 {9995 * NS_PER_MS / 1000, "10.0 ms"},
                 {9996 * NS_PER_MS / 1000, "10.0 ms"},
                 {99940 * NS_PER_MS / 1000, "99.9 ms"},
                 {99960 * NS_PER_MS / 1000, "100 ms"},
                 {999499999, "999 ms"},
                 {999500000, "1.00 s"},
                 {NS_PER_S, "1 s"},
                 {1040 * NS_PER_MS, "1.04 s"},
                 {15 * NS_PER_S, "15 s"},
                 {65250 * NS_PER_MS, "65.2 s"},
                 {119 * NS_PER_S, "119 s"}};
    char text[FORMAT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_ptr_eq(format_duration(cases[i].ns, text), text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(long_durations_have_two_units)
{
    static const struct {
        int64_t s;
        const char *text;
    } cases[] = {{120, "2 min"},        {121, "2 min 1 s"}, {200, "3 min 20 s"},
                 {3599, "59 min 59 s"}, {3600, "1 h"},      {3659, "1 h"},
                 {3660, "1 h 1 min"},   {86400, "24 h"},    {90061, "25 h 1 min"}};
    char text[FORMAT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_str_eq(format_duration(cases[i].s * NS_PER_S, text), cases[i].text);
    }
    ck_assert_str_eq(format_duration(INT64_MAX, text), "2562047 h 47 min");
}
END_TEST

START_TEST(bytes_have_binary_units)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0 B"},
                 {999, "999 B"},
                 {1000, "0.98 KiB"},
                 {1024, "1.00 KiB"},
                 {999 * UINT64_C(1024), "999 KiB"},
                 {1000 * UINT64_C(1024), "0.98 MiB"},
                 {312 * UINT64_C(1048576), "312 MiB"},
                 {UINT64_C(3) << 30, "3.00 GiB"},
                 {UINT64_C(40) << 40, "40.0 TiB"},
                 {UINT64_MAX, "16777216 TiB"}};
    char text[FORMAT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_ptr_eq(format_bytes(cases[i].bytes, text), text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

Suite *format_suite(void)
{
    Suite *suite = suite_create("format");
    TCase *tcase = tcase_create("format");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, counts_have_commas);
    tcase_add_test(tcase, small_rates_have_a_decimal);
    tcase_add_test(tcase, durations_have_three_digits);
    tcase_add_test(tcase, long_durations_have_two_units);
    tcase_add_test(tcase, bytes_have_binary_units);
    return suite;
}
