/* How long a store's writes took: each counts in one bucket, and in the sum. */
#include "server/sessions/store_latency.h"
#include "shared/base/clock.h"
#include "test/suites.h"

START_TEST(a_write_counts_in_the_bucket_of_its_time)
{
    static struct store_latency latency;
    for (size_t i = 0; i < STORE_LATENCY_BOUNDS; i++) {
        ck_assert(i == 0 || store_latency_bounds_ns[i] > store_latency_bounds_ns[i - 1]);
        store_latency_add(&latency, store_latency_bounds_ns[i]);
        store_latency_add(&latency, store_latency_bounds_ns[i] + 1);
        const struct store_latency_counts counts = store_latency_read(&latency);
        ck_assert_uint_eq(counts.buckets[i], i == 0 ? 1 : 2);
        ck_assert_uint_eq(counts.buckets[i + 1], 1);
    }
}
END_TEST

START_TEST(the_sum_is_of_all_writes)
{
    static struct store_latency latency;
    ck_assert_uint_eq(store_latency_read(&latency).sum_ns, 0);
    store_latency_add(&latency, 0);
    store_latency_add(&latency, 3 * NS_PER_MS);
    store_latency_add(&latency, 3600 * NS_PER_S);
    const struct store_latency_counts counts = store_latency_read(&latency);
    ck_assert_uint_eq(counts.sum_ns, 3600 * NS_PER_S + 3 * NS_PER_MS);
    ck_assert_uint_eq(counts.buckets[0], 1);
    ck_assert_uint_eq(counts.buckets[STORE_LATENCY_BUCKETS - 1], 1);
}
END_TEST

Suite *store_latency_suite(void)
{
    Suite *suite = suite_create("store-latency");
    TCase *tcase = tcase_create("store-latency");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_write_counts_in_the_bucket_of_its_time);
    tcase_add_test(tcase, the_sum_is_of_all_writes);
    return suite;
}
