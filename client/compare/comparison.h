/*
 * Two runs, metric by metric: what got better or worse, and whether conditions of --fail-on hold
 * for the ratios. Plain data, for one thread.
 */
#ifndef COMMS_CLIENT_COMPARE_COMPARISON_H
#define COMMS_CLIENT_COMPARE_COMPARISON_H

#include "client/compare/run_file.h"
#include "client/measure/fail_on.h"
#include "client/plan.h"

#include <stdbool.h>
#include <stddef.h>

enum change {
    CHANGE_SAME, /* within 5 % of each other */
    CHANGE_BETTER,
    CHANGE_WORSE,
    CHANGE_MORE, /* where neither is better */
    CHANGE_LESS,
    CHANGE_UNKNOWN /* a run has no value */
};

enum { COMPARISON_NOTES_MAX = 40, COMPARISON_NOTE_SIZE = 200 };

struct comparison_row {
    size_t metric;   /* of client/measure/fail_on */
    bool has[2];     /* whether A, B have a value */
    double value[2]; /* nanoseconds if it is a duration */
    double ratio;    /* B to A; infinity from 0 to more, 1 from 0 to 0; of two values */
    enum change change;
};

struct comparison {
    const struct run_file *runs[2]; /* A, B; not owned */
    size_t row_count;
    struct comparison_row rows[FAIL_ON_METRICS_MAX]; /* one for each metric, by its index */
    size_t note_count; /* why the runs may not be comparable, for people */
    char notes[COMPARISON_NOTES_MAX][COMPARISON_NOTE_SIZE];
};

/* Compares them. False: *ret_bad is the run whose problem this is. */
bool comparison_init(struct comparison *comparison, const struct run_file *a,
                     const struct run_file *b, const struct run_file **ret_bad,
                     char problem[static RUN_FILE_PROBLEM_SIZE]);

/* Whether both runs have a value of the row. */
bool comparison_row_is_measured(const struct comparison_row *row);

/* Whether the condition, whose limit is a ratio, fails: it holds, or a run has no value of its
 * metric and the condition does not allow that. */
bool comparison_fails(const struct comparison *comparison, const struct fail_on *condition);

/* "same", "better", "worse", "more", "less", "unknown". */
const char *change_name(enum change change);

#endif
