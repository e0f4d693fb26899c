/*
 * Everything that is known of a run once it is over: text, JSON, page and the conditions of
 * --fail-on are made of it. Plain data, for one thread.
 *
 * This room counts and measures: of each number (pace, histogram), of each thread (tally,
 * break_table), and of the whole run (result, timeline, fail_on). It knows the plan, but no thread,
 * clock, socket or text for people; whoever uses a part of it owns it. There are no locks.
 */
#ifndef COMMS_CLIENT_MEASURE_RESULT_H
#define COMMS_CLIENT_MEASURE_RESULT_H

#include "client/measure/address_table.h"
#include "client/measure/break_table.h"
#include "client/measure/course.h"
#include "client/measure/histogram.h"
#include "client/measure/violation.h"
#include "client/plan.h"
#include "shared/protocol/announcement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What the run proved. The value is the exit status (proto/PROTOCOL.md), except for a signal. */
enum outcome {
    OUTCOME_PROVEN = 0,
    OUTCOME_VIOLATED = 1,
    OUTCOME_UNREACHABLE = 2,
    OUTCOME_REFUSED = 3,
    OUTCOME_INCOMPLETE = 4,
    OUTCOME_FAIL_ON = 5,
    OUTCOME_INTERRUPTED = 128 /* the exit status is this and the number of the signal */
};

/* What is counted since the beginning of the run. */
struct counts {
    uint64_t numbers;         /* received, each of them judged */
    uint64_t breaks;          /* streams that ended too early, and had received a number before */
    uint64_t resumes;         /* of these breaks: streams that received again */
    uint64_t failed_attempts; /* calls that ended before a number came */
    uint64_t late;            /* numbers that came more than LATE_MS after they were due */
    uint64_t lost;
    uint64_t repeated;
    uint64_t reordered;
    uint64_t
        corrupt; /* also wrong checksums, positions, attempts, paddings, and what is no reply */
    uint64_t violations; /* of any kind */
    uint64_t started;    /* sessions */
    uint64_t finished;   /* sessions that came to their end, right or not */
    uint64_t bytes;      /* of padding in the numbers; the fleet sets it, for all threads */
    uint64_t too_late;   /* numbers later than --max-lateness allows, which are violations */
};

/* One interval of the run. */
struct sample {
    int64_t at_ns; /* its end: nanoseconds since the beginning of the run */
    int64_t length_ns;
    unsigned live;        /* streams that receive numbers, at its end */
    unsigned waiting;     /* streams that wait for their first number, or to be resumed */
    unsigned live_lowest; /* within the interval: the sum of what the threads had within a tenth of
                             a second, so exact with one thread */
    unsigned waiting_highest;
    struct counts counts; /* since the beginning of the run, at its end */
};

/* Streams that ended before everything had come, all for the same reason. */
struct unfinished {
    enum outcome outcome; /* UNREACHABLE, REFUSED, INCOMPLETE */
    unsigned streams;
    unsigned first; /* the number of one of these streams, 1, 2, … */
    char reason[256];
};

enum { VIOLATIONS_KEPT = 100, UNFINISHED_ROWS = 20, LATE_MS = 100 };

struct result {
    const struct plan *plan;
    struct timespec began; /* wall clock */
    int64_t elapsed_ns;
    int64_t measured_ns; /* elapsed_ns without the warm-up: throughput and histograms are of this
                            time */
    uint64_t measured_numbers;

    enum outcome outcome;
    int signal_number; /* OUTCOME_INTERRUPTED */

    struct counts counts;
    uint64_t expected; /* numbers that all started sessions should have brought */
    unsigned streams_proven;
    unsigned streams_unfinished;
    unsigned streams_refused;     /* of the unfinished ones */
    unsigned streams_unreachable; /* of the unfinished ones: gave up, because no number came */
    size_t unfinished_count;      /* rows; streams with further reasons are only counted above */
    struct unfinished unfinished[UNFINISHED_ROWS];

    /* Streams that once waited longer than --stall-timeout for their first header. */
    unsigned streams_held_back;
    unsigned most_on_a_connection; /* streams that shared the fullest connection */

    struct announcement server; /* the first one of the run; all zeroes: none */
    bool servers_differ;        /* a later stream got another one */
    int64_t interval_ns;        /* that numbers were held against; 0: full speed */

    struct histogram first;  /* from START to the first number */
    struct histogram resume; /* from a break to the next number */
    struct histogram gap;    /* between two numbers of a stream */
    struct histogram late;   /* of a number behind the time at which it was due */
    uint64_t whole_gaps;     /* of these gaps, those in which the stream did not break */
    double whole_gaps_ns;    /* their sum */
    int64_t pace_ns;         /* result_find_pace: another one than interval_ns; else 0 */

    struct address_table addresses;     /* sorted; where the streams went */
    struct break_table breaks;          /* sorted; of streams that had lived */
    struct break_table failed_attempts; /* sorted; of calls before a number came */
    struct course course;

    size_t violation_count; /* kept ones: the first, at most VIOLATIONS_KEPT */
    struct violation violations[VIOLATIONS_KEPT];

    size_t sample_count;
    struct sample *samples; /* one an interval, in order */

    uint64_t peak_rss_bytes; /* of this process */
    int64_t cpu_ns;          /* of this process, user and system */
};

/*
 * The median gap, nanoseconds, if the numbers came at a steady pace that is not interval_ns; else
 * 0. Median and mean must agree in that: a path that holds numbers up, and then hands over several
 * at once, moves the median, and hardly the mean of the gaps without a break.
 */
int64_t result_find_pace(const struct result *result);

/*
 * Concludes the result by what only the caller knows: the signal that stopped the run (0: none),
 * and whether a condition of --fail-on fails what was proven.
 */
void result_conclude(struct result *result, int signal_number);

/* The status to exit with. */
int result_exit_status(const struct result *result);

/* Whether throughput was measured: a number came after the warm-up. */
bool result_has_throughput(const struct result *result);

/* Numbers a second, over the measured time; 0 if that is 0. */
double result_throughput(const struct result *result);

/* The same of the bytes of padding in these numbers; without --size none are measured. */
bool result_has_bytes_throughput(const struct result *result);
double result_bytes_throughput(const struct result *result);

#endif
