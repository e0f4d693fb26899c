/*
 * A histogram of durations, from nanoseconds to hours, of constant size: buckets grow with the
 * value, so that each is at most 1/32 wider than where it begins. A histogram belongs to one
 * thread.
 */
#ifndef COMMS_CLIENT_MEASURE_HISTOGRAM_H
#define COMMS_CLIENT_MEASURE_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEPS = 32,     /* buckets for each doubling */
    HISTOGRAM_DOUBLINGS = 40, /* 2^44 ns are about five hours: what is longer counts as that */
    HISTOGRAM_BUCKETS = HISTOGRAM_STEPS * HISTOGRAM_DOUBLINGS
};

/* All zeroes is an empty one. */
struct histogram {
    uint64_t count;
    int64_t min; /* exact, as is max; of no meaning while empty */
    int64_t max;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* Counts a duration in nanoseconds; a negative one counts as 0. */
void histogram_record(struct histogram *histogram, int64_t ns);

/* Adds what `from` has. */
void histogram_add(struct histogram *histogram, const struct histogram *from);

/*
 * The duration that the fraction `quantile` (0 to 1) of all does not exceed, at most a bucket's
 * width too large, never more than max; 0 while empty.
 */
int64_t histogram_quantile(const struct histogram *histogram, double quantile);

/* Where a bucket begins, in nanoseconds; it ends where the next begins. 0 <= bucket <= BUCKETS. */
int64_t histogram_bucket_start(unsigned bucket);

#endif
