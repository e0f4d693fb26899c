/*
 * How long a store's writes took. The store's thread counts; any thread may read.
 */
#ifndef COMMS_SERVER_SESSIONS_STORE_LATENCY_H
#define COMMS_SERVER_SESSIONS_STORE_LATENCY_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    STORE_LATENCY_BOUNDS = 13,
    STORE_LATENCY_BUCKETS = STORE_LATENCY_BOUNDS + 1 /* the last one: beyond the last bound */
};

/* The longest time of the writes of each bucket but the last, nanoseconds, in rising order. */
extern const int64_t store_latency_bounds_ns[STORE_LATENCY_BOUNDS];

/* All zeroes: nothing is counted yet. */
struct store_latency {
    atomic_uint_fast64_t buckets[STORE_LATENCY_BUCKETS]; /* writes */
    atomic_uint_fast64_t sum_ns;                         /* of all writes together */
};

/* The same, as it was at one time. */
struct store_latency_counts {
    uint64_t buckets[STORE_LATENCY_BUCKETS];
    uint64_t sum_ns;
};

/* Counts a write that took `ns` nanoseconds. For the store's thread. */
void store_latency_add(struct store_latency *latency, int64_t took_ns);

/* From any thread. */
struct store_latency_counts store_latency_read(const struct store_latency *latency);

#endif
