#include "client/measure/histogram.h"

/*
 * Below 2 * HISTOGRAM_STEPS a bucket is one nanosecond wide. From there on each doubling has
 * HISTOGRAM_STEPS buckets: the place of the highest bit and the nine bits after it name the bucket.
 */
enum { STEP_BITS = 9 };
_Static_assert(HISTOGRAM_STEPS == 1 << STEP_BITS, "a doubling's buckets are counted by some bits");

static unsigned bucket_of(int64_t ns)
{
    uint64_t value = (uint64_t)ns;
    unsigned shift = 0;
    if (value >= (uint64_t)2 * HISTOGRAM_STEPS) {
        /* A loop over the bits would be mispredicted at every number. */
        shift = 63 - (unsigned)__builtin_clzll(value) - STEP_BITS;
    }
    unsigned bucket = shift * HISTOGRAM_STEPS + (unsigned)(value >> shift);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

int64_t histogram_bucket_start(unsigned bucket)
{
    if (bucket < 2 * HISTOGRAM_STEPS) {
        return bucket;
    }
    unsigned shift = bucket / HISTOGRAM_STEPS - 1;
    return (int64_t)(bucket - shift * HISTOGRAM_STEPS) << shift;
}

void histogram_record(struct histogram *histogram, int64_t ns)
{
    if (ns < 0) {
        ns = 0;
    }
    if (histogram->count == 0 || ns < histogram->min) {
        histogram->min = ns;
    }
    if (histogram->count == 0 || ns > histogram->max) {
        histogram->max = ns;
    }
    histogram->count++;
    histogram->buckets[bucket_of(ns)]++;
}

void histogram_add(struct histogram *histogram, const struct histogram *from)
{
    if (from->count == 0) {
        return;
    }
    if (histogram->count == 0 || from->min < histogram->min) {
        histogram->min = from->min;
    }
    if (histogram->count == 0 || from->max > histogram->max) {
        histogram->max = from->max;
    }
    histogram->count += from->count;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        histogram->buckets[i] += from->buckets[i];
    }
}

int64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
    if (histogram->count == 0) {
        return 0;
    }
    if (quantile >= 1) {
        return histogram->max;
    }
    double wanted = quantile * (double)histogram->count;
    uint64_t passed = 0;
    unsigned bucket = 0;
    for (; bucket < HISTOGRAM_BUCKETS; bucket++) {
        passed += histogram->buckets[bucket];
        if (passed > 0 && (double)passed >= wanted) {
            break;
        }
    }
    int64_t first = histogram_bucket_start(bucket);
    int64_t middle = first + (histogram_bucket_start(bucket + 1) - 1 - first) / 2;
    return middle > histogram->max   ? histogram->max
           : middle < histogram->min ? histogram->min
                                     : middle;
}
