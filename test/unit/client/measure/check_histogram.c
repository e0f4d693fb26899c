/* client/measure/histogram: where buckets lie, what is counted, and how near quantiles are. */
#include "client/measure/histogram.h"
#include "test/suites.h"

#include <stdlib.h>

static struct histogram histogram;
static struct histogram other;

static void clear(void)
{
    histogram = (struct histogram){.count = 0};
    other = (struct histogram){.count = 0};
}

/* The bucket that the duration was counted in; it must be the only one. */
static unsigned bucket_of(int64_t ns)
{
    unsigned found = HISTOGRAM_BUCKETS;
    clear();
    histogram_record(&histogram, ns);
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram.buckets[i] != 0) {
            ck_assert_uint_eq(histogram.buckets[i], 1);
            ck_assert_uint_eq(found, HISTOGRAM_BUCKETS);
            found = i;
        }
    }
    ck_assert_uint_lt(found, HISTOGRAM_BUCKETS);
    return found;
}

START_TEST(a_bucket_has_what_begins_in_it)
{
    clear();
    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        histogram_record(&histogram, histogram_bucket_start(bucket));
        histogram_record(&histogram, histogram_bucket_start(bucket + 1) - 1);
        ck_assert_uint_eq(histogram.buckets[bucket], 2); /* and none of them in another one: */
        histogram.buckets[bucket] = 0;
    }
    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        ck_assert_uint_eq(histogram.buckets[bucket], 0);
    }
}
END_TEST

START_TEST(buckets_grow_with_the_value)
{
    ck_assert_int_eq(histogram_bucket_start(0), 0);
    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        int64_t start = histogram_bucket_start(bucket);
        int64_t width = histogram_bucket_start(bucket + 1) - start;
        ck_assert_int_ge(width, 1);
        ck_assert(width == 1 || width <= start / HISTOGRAM_STEPS);
    }
}
END_TEST

START_TEST(the_longest_and_the_negative_have_the_outermost_buckets)
{
    int64_t end = histogram_bucket_start(HISTOGRAM_BUCKETS);
    ck_assert_int_eq(end, INT64_C(1) << 44);
    ck_assert_uint_eq(bucket_of(end), HISTOGRAM_BUCKETS - 1);
    ck_assert_uint_eq(bucket_of(INT64_MAX), HISTOGRAM_BUCKETS - 1);
    ck_assert_int_eq(histogram.max, INT64_MAX);
    ck_assert_uint_eq(bucket_of(-1), 0);
    ck_assert_uint_eq(bucket_of(INT64_MIN), 0);
    ck_assert_int_eq(histogram.min, 0);
    ck_assert_int_eq(histogram.max, 0);
}
END_TEST

START_TEST(the_least_and_the_most_are_exact)
{
    clear();
    histogram_record(&histogram, 1000003);
    ck_assert_int_eq(histogram.min, 1000003);
    ck_assert_int_eq(histogram.max, 1000003);
    histogram_record(&histogram, 999999937);
    histogram_record(&histogram, 777777);
    histogram_record(&histogram, 1234567);
    ck_assert_int_eq(histogram.min, 777777);
    ck_assert_int_eq(histogram.max, 999999937);
    ck_assert_uint_eq(histogram.count, 4);
}
END_TEST

START_TEST(an_empty_one_has_quantiles_of_0)
{
    clear();
    ck_assert_int_eq(histogram_quantile(&histogram, 0), 0);
    ck_assert_int_eq(histogram_quantile(&histogram, 0.5), 0);
    ck_assert_int_eq(histogram_quantile(&histogram, 1), 0);
}
END_TEST

START_TEST(small_values_have_exact_quantiles)
{
    clear();
    for (int64_t i = 1; i <= 60; i++) {
        histogram_record(&histogram, i);
    }
    ck_assert_int_eq(histogram_quantile(&histogram, 0), 1);
    ck_assert_int_eq(histogram_quantile(&histogram, 0.5), 30);
    ck_assert_int_eq(histogram_quantile(&histogram, 0.51), 31);
    ck_assert_int_eq(histogram_quantile(&histogram, 0.9), 54);
    ck_assert_int_eq(histogram_quantile(&histogram, 1), 60);
}
END_TEST

/* A pace of a second, give or take what a machine does: its median is a second. */
START_TEST(a_pace_is_its_own_median)
{
    clear();
    for (int64_t i = -50; i <= 50; i++) {
        histogram_record(&histogram, 1000000000 + i * 1000);
    }
    int64_t median = histogram_quantile(&histogram, 0.5);
    ck_assert_int_ge(median, 999500000);
    ck_assert_int_le(median, 1000500000);
}
END_TEST

static int compare(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t two = *(const int64_t *)b;
    return one < two ? -1 : one > two ? 1 : 0;
}

/* Against the sorted values themselves, over many orders of magnitude. */
START_TEST(quantiles_are_at_most_a_thousandth_off)
{
    enum { VALUES = 5000 };
    static int64_t values[VALUES];
    uint64_t random = 1;
    clear();
    for (int i = 0; i < VALUES; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        values[i] = (int64_t)(random >> 21) >> (random % 43);
        histogram_record(&histogram, values[i]);
    }
    qsort(values, VALUES, sizeof *values, compare);
    for (int i = 1; i <= VALUES; i++) {
        int64_t exact = values[i - 1];
        int64_t quantile = histogram_quantile(&histogram, (i - 0.5) / VALUES);
        ck_assert_int_ge(quantile, exact - exact / 1000);
        ck_assert_int_le(quantile, exact + exact / 1000);
        ck_assert_int_le(quantile, values[VALUES - 1]);
    }
    ck_assert_int_eq(histogram_quantile(&histogram, 1), values[VALUES - 1]);
}
END_TEST

/* What was recorded in two and added is what would have been recorded in one. */
START_TEST(added_ones_are_as_one)
{
    static const int64_t values[] = {5, 70, 8000000, 300, 2, 4000000000, 300};
    enum { VALUES = sizeof values / sizeof *values };
    for (unsigned split = 0; split <= VALUES; split++) {
        struct histogram whole = {.count = 0};
        clear();
        for (unsigned i = 0; i < VALUES; i++) {
            histogram_record(i < split ? &histogram : &other, values[i]);
            histogram_record(&whole, values[i]);
        }
        histogram_add(&histogram, &other);
        ck_assert_uint_eq(histogram.count, VALUES);
        ck_assert_int_eq(histogram.min, 2);
        ck_assert_int_eq(histogram.max, 4000000000);
        ck_assert_mem_eq(histogram.buckets, whole.buckets, sizeof whole.buckets);
    }
}
END_TEST

Suite *histogram_suite(void)
{
    Suite *suite = suite_create("histogram");
    TCase *tcase = tcase_create("histogram");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_bucket_has_what_begins_in_it);
    tcase_add_test(tcase, buckets_grow_with_the_value);
    tcase_add_test(tcase, the_longest_and_the_negative_have_the_outermost_buckets);
    tcase_add_test(tcase, the_least_and_the_most_are_exact);
    tcase_add_test(tcase, an_empty_one_has_quantiles_of_0);
    tcase_add_test(tcase, small_values_have_exact_quantiles);
    tcase_add_test(tcase, a_pace_is_its_own_median);
    tcase_add_test(tcase, quantiles_are_at_most_a_thousandth_off);
    tcase_add_test(tcase, added_ones_are_as_one);
    return suite;
}
