/* Prometheus's text format, byte for byte. */
#include "shared/base/clock.h"
#include "shared/page/exposition.h"
#include "test/suites.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

static char *text;
static size_t length;
static FILE *file;

static void set_up(void)
{
    file = open_memstream(&text, &length);
    ck_assert_ptr_nonnull(file);
}

static void expect(const char *wanted)
{
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_str_eq(text, wanted);
    free(text);
}

START_TEST(a_metric_has_its_help_and_type)
{
    exposition_begin(file, "a_total", "counter", "one \\ two\n\"three\"");
    exposition_put(file, "a_total", NULL, UINT64_MAX);
    exposition_put_real(file, "b", NULL, 0.25);
    expect("# HELP a_total one \\\\ two\\n\"three\"\n# TYPE a_total counter\n"
           "a_total 18446744073709551615\nb 0.25\n");
}
END_TEST

START_TEST(values_of_labels_are_escaped)
{
    const struct exposition_labels labels = {{{"a", "x\"y\\z\nw"}, {"b", ""}}};
    exposition_put(file, "m", &labels, 1);
    expect("m{a=\"x\\\"y\\\\z\\nw\",b=\"\"} 1\n");
}
END_TEST

START_TEST(a_histogram_is_cumulative_and_in_seconds)
{
    static const int64_t bounds[] = {NS_PER_MS, 5 * NS_PER_S / 2, 7200 * NS_PER_S};
    static const uint64_t buckets[] = {3, 0, 2, 4};
    const struct exposition_histogram histogram = {
        .bound_count = 3, .bounds_ns = bounds, .buckets = buckets, .sum_ns = 1500 * NS_PER_MS};
    const struct exposition_labels labels = {{{"a", "b"}}};
    exposition_put_histogram(file, "h", &labels, &histogram);
    exposition_put_histogram(file, "i", NULL, &histogram);
    expect("h_bucket{a=\"b\",le=\"0.001\"} 3\nh_bucket{a=\"b\",le=\"2.5\"} 3\n"
           "h_bucket{a=\"b\",le=\"7200\"} 5\nh_bucket{a=\"b\",le=\"+Inf\"} 9\n"
           "h_sum{a=\"b\"} 1.5\nh_count{a=\"b\"} 9\n"
           "i_bucket{le=\"0.001\"} 3\ni_bucket{le=\"2.5\"} 3\ni_bucket{le=\"7200\"} 5\n"
           "i_bucket{le=\"+Inf\"} 9\ni_sum 1.5\ni_count 9\n");
}
END_TEST

START_TEST(a_word_has_letters_and_digits)
{
    char word[EXPOSITION_WORD_SIZE];
    ck_assert_str_eq(exposition_word("uuid has no session", word), "uuid_has_no_session");
    ck_assert_str_eq(exposition_word("a - b.9", word), "a_b_9");
    char longest[200];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    ck_assert_uint_eq(strlen(exposition_word(longest, word)), EXPOSITION_WORD_SIZE - 1);
    expect("");
}
END_TEST

Suite *exposition_suite(void)
{
    Suite *suite = suite_create("exposition");
    TCase *tcase = tcase_create("exposition");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_metric_has_its_help_and_type);
    tcase_add_test(tcase, values_of_labels_are_escaped);
    tcase_add_test(tcase, a_histogram_is_cumulative_and_in_seconds);
    tcase_add_test(tcase, a_word_has_letters_and_digits);
    return suite;
}
