/*
 * What the streams of one thread add up to; merged into the result when the thread has ended. For
 * one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_TALLY_H
#define COMMS_CLIENT_MEASURE_TALLY_H

#include "client/measure/pace.h"
#include "client/measure/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tally {
    struct counts counts;
    unsigned live;    /* streams that receive */
    unsigned waiting; /* streams that were begun, and do not */

    uint64_t expected;
    unsigned proven;
    unsigned held_back;
    unsigned unfinished_streams;
    unsigned refused;     /* of them */
    unsigned unreachable; /* of them */
    size_t unfinished_count;
    struct unfinished unfinished[UNFINISHED_ROWS];

    uint64_t measured_numbers; /* as are the histograms: without the warm-up */
    struct histogram first;
    struct histogram resume;
    struct histogram gap;
    struct histogram late;

    struct break_table breaks;
    size_t violation_count; /* kept */
    struct violation violations[VIOLATIONS_KEPT];
};

/* Heap, all zeroes; NULL where memory is missing. free() frees it. */
struct tally *tally_create(void);

/* Counts a number and what it took. */
void tally_number(struct tally *tally, const struct pace_times *times, bool is_measured);

/*
 * Counts a violation, and keeps it if it is one of the first. Where a REORDERED one was told as
 * LOST before, that is taken back.
 */
void tally_violation(struct tally *tally, const struct violation *violation);

/* Notes a stream that ended without everything, and why. */
void tally_unfinished(struct tally *tally, unsigned stream, enum outcome outcome,
                      const char *reason);

/* Adds the tally to the result: everything but its samples, outcome and totals of time. */
void tally_add_to_result(const struct tally *tally, struct result *result);

/* Adds counts to counts. */
void counts_add(struct counts *counts, const struct counts *from);

#endif
