/*
 * What a dialogue counts of its own: resumes, take-overs, and how late paced numbers are. A worker
 * owns the counters and only its thread writes them. Any thread may read and sum them.
 */
#ifndef COMMS_SERVER_SERVICES_DIALOGUE_COUNTS_H
#define COMMS_SERVER_SERVICES_DIALOGUE_COUNTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    LATENESS_BOUNDS = 10,
    LATENESS_BUCKETS = LATENESS_BOUNDS + 1 /* the last one: beyond the last bound */
};

/* The longest lateness of each bucket but the last, nanoseconds, in rising order. */
extern const int64_t lateness_bounds_ns[LATENESS_BOUNDS];

/* All zeroes: nothing is counted yet. */
struct dialogue_counters {
    atomic_uint_fast64_t resumes;    /* CONTINUEs that were granted */
    atomic_uint_fast64_t take_overs; /* of those: another stream owned the session */
    atomic_uint_fast64_t lateness[LATENESS_BUCKETS]; /* paced numbers */
    atomic_uint_fast64_t lateness_ns;                /* of all paced numbers together */
};

/* Sums over dialogues. */
struct dialogue_counts {
    uint64_t resumes;
    uint64_t take_overs;
    uint64_t lateness[LATENESS_BUCKETS];
    uint64_t lateness_ns;
};

/* Counts a resume. `counters` NULL: does nothing. For the worker's thread. */
void dialogue_counters_resume(struct dialogue_counters *counters, bool is_take_over);

/*
 * Counts a number that was sent so much later than it was due. `counters` NULL: does nothing. For
 * the worker's thread.
 */
void dialogue_counters_lateness(struct dialogue_counters *counters, int64_t lateness_ns);

/* Adds the counters' present values to the sums. From any thread. */
void dialogue_counters_add_to(const struct dialogue_counters *counters,
                              struct dialogue_counts *counts);

#endif
