/*
 * A histogram of durations, from nanoseconds to hours, in constant memory: the width of a bucket is
 * at most 1/512 of where it begins, so its middle is at most 0.1 % from any duration in it. A
 * histogram belongs to one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_HISTOGRAM_H
#define COMMS_CLIENT_MEASURE_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEPS = 512, /* buckets for each doubling */
    HISTOGRAM_DOUBLINGS =
        36, /* up to 2^44 ns, about five hours; the last bucket has what is longer */
    HISTOGRAM_BUCKETS = HISTOGRAM_STEPS * HISTOGRAM_DOUBLINGS
};

/* All zeroes is an empty histogram. */
struct histogram {
    uint64_t count;
    int64_t min; /* nanoseconds, exact, as is max; without meaning while empty */
    int64_t max;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* Counts a duration, in nanoseconds; a negative one counts as 0. */
void histogram_record(struct histogram *histogram, int64_t ns);

/* Adds the durations of `from`. */
void histogram_add(struct histogram *histogram, const struct histogram *from);

/*
 * The quantile (0 to 1) of all durations, at most 0.1 % too large or too small, and neither below
 * min nor above max. 0 while empty.
 */
int64_t histogram_quantile(const struct histogram *histogram, double quantile);

/* Where a bucket begins, in nanoseconds; it ends where the next one begins. For 0 to BUCKETS. */
int64_t histogram_bucket_start(unsigned bucket);

#endif
