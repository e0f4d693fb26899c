/*
 * The counts and measurements of the streams of one thread. Belongs to that thread, and is added to
 * the result when the thread has ended.
 */
#ifndef COMMS_CLIENT_MEASURE_TALLY_H
#define COMMS_CLIENT_MEASURE_TALLY_H

#include "client/measure/address_table.h"
#include "client/measure/break_notes.h"
#include "client/measure/pace.h"
#include "client/measure/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tally {
    struct counts counts;
    unsigned live;        /* streams that receive numbers */
    unsigned waiting;     /* streams that wait for their first number, or to be resumed */
    unsigned live_lowest; /* since the last look */
    unsigned waiting_highest;
    int64_t changed_at; /* up to when the next two are summed up; 0: never */
    double live_ns;     /* the time that streams were live, summed over all streams */
    double waiting_ns;

    uint64_t expected;
    unsigned proven;
    unsigned held_back;
    unsigned unfinished_streams;
    unsigned refused;     /* of the unfinished ones */
    unsigned unreachable; /* of the unfinished ones */
    size_t unfinished_count;
    struct unfinished unfinished[UNFINISHED_ROWS];

    uint64_t measured_numbers; /* without the warm-up, as the histograms */
    struct histogram first;
    struct histogram resume;
    struct histogram gap;
    uint64_t whole_gaps; /* gaps in which the stream did not break, and their sum */
    double whole_gaps_ns;
    struct histogram late;

    struct address_table addresses;
    struct break_table breaks;
    struct break_table failed_attempts;
    struct break_notes notes; /* since the last look */
    size_t violation_count;   /* violations kept */
    struct violation violations[VIOLATIONS_KEPT];
};

/* On the heap, all zeroes; NULL if memory is missing. The caller frees it by free(). */
struct tally *tally_create(void);

/* Sums up how long the streams have been live and waiting, before that changes or is read. */
void tally_pass_time(struct tally *tally, int64_t now);

/* After a change of `live` and `waiting`: keeps the lowest and the highest count. */
void tally_note_streams(struct tally *tally);

/* Begins a new look: the lowest and the highest count are those of now. */
void tally_begin_look(struct tally *tally);

/* Records the time from a break to the message by which the stream went on. */
void tally_resume(struct tally *tally, int64_t ns, bool is_measured);

/* Counts a break, in each place that tells of breaks; note->count is 1. */
void tally_break(struct tally *tally, const struct break_note *note,
                 const struct break_times *times);

/* Counts a number, and records its times if it is measured. */
void tally_number(struct tally *tally, const struct pace_times *times, bool is_measured);

/*
 * Counts a violation, and keeps it if it is one of the first. If a REORDERED number had been
 * counted as LOST, that is taken back.
 */
void tally_violation(struct tally *tally, const struct violation *violation);

/* Counts a stream that ended before its last message, and records the reason. */
void tally_unfinished(struct tally *tally, unsigned stream, enum outcome outcome,
                      const char *reason);

/* Adds the tally to the result, which gets its samples, outcome and times elsewhere. */
void tally_add_to_result(const struct tally *tally, struct result *result);

/* Adds `from` to `counts`. */
void counts_add(struct counts *counts, const struct counts *from);

#endif
