/*
 * Everything that is known of a run once it is over: text, JSON, page and the conditions of
 * --fail-on are made of it. Plain data, for one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_RESULT_H
#define COMMS_CLIENT_MEASURE_RESULT_H

#include "client/measure/break_table.h"
#include "client/measure/histogram.h"
#include "client/measure/violation.h"
#include "client/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What the run proved; also the exit status, but for signals (proto/PROTOCOL.md). */
enum outcome {
    OUTCOME_PROVEN = 0,
    OUTCOME_VIOLATED = 1,
    OUTCOME_UNREACHABLE = 2,
    OUTCOME_REFUSED = 3,
    OUTCOME_INCOMPLETE = 4,
    OUTCOME_FAIL_ON = 5,
    OUTCOME_INTERRUPTED = 128 /* the signal's number is added for the exit status */
};

/* What is counted while the run goes on, since its beginning. */
struct counts {
    uint64_t numbers; /* received, and each judged */
    uint64_t resumes; /* CONTINUE that were answered: the stream went on */
    uint64_t breaks;
    uint64_t late; /* numbers more than LATE_NS behind their time */
    uint64_t lost;
    uint64_t repeated;
    uint64_t reordered;
    uint64_t corrupt;    /* with wrong checksums, wrong positions and what is no reply */
    uint64_t violations; /* of any kind */
    uint64_t started;    /* sessions */
    uint64_t finished;   /* sessions that were received to their end, right or not */
};

/* One interval of the run. */
struct sample {
    int64_t at_ns; /* its end, since the beginning of the run */
    int64_t length_ns;
    unsigned live;        /* streams that receive, at its end */
    unsigned waiting;     /* streams that wait: for their first answer, or to be resumed */
    struct counts counts; /* since the beginning of the run */
};

/* Streams that ended without everything, for the same reason. */
struct unfinished {
    enum outcome outcome; /* UNREACHABLE, REFUSED, INCOMPLETE */
    unsigned streams;
    unsigned first; /* one of them: 1, 2, … */
    char reason[256];
};

enum { VIOLATIONS_KEPT = 100, UNFINISHED_ROWS = 20, LATE_MS = 100 };

struct result {
    const struct plan *plan;
    struct timespec began; /* wall clock */
    int64_t elapsed_ns;
    int64_t measured_ns; /* without the warm-up: what throughput and histograms are of */
    uint64_t measured_numbers;

    enum outcome outcome;
    int signal_number; /* OUTCOME_INTERRUPTED */

    struct counts counts;
    uint64_t expected; /* numbers of all sessions that were started */
    unsigned streams_proven;
    unsigned streams_unfinished;
    unsigned streams_refused;     /* of them */
    unsigned streams_unreachable; /* of them: given up, since no number came */
    size_t unfinished_count;      /* rows; further reasons are only counted above */
    struct unfinished unfinished[UNFINISHED_ROWS];

    /* Streams that once had to wait for a first header for longer than --stall-timeout. */
    unsigned streams_held_back;
    unsigned most_on_a_connection; /* how many streams shared the fullest connection */

    struct histogram first;  /* START to first number */
    struct histogram resume; /* break noticed to next number */
    struct histogram gap;    /* between two numbers of a stream */
    struct histogram late;   /* behind the time that the server's pace gives */
    int64_t pace_ns;         /* the median gap where it shows that --interval was wrong, else 0 */

    struct break_table breaks; /* sorted */

    size_t violation_count; /* kept: at most VIOLATIONS_KEPT, the first */
    struct violation violations[VIOLATIONS_KEPT];

    size_t sample_count;
    struct sample *samples; /* one an interval, in order */

    uint64_t peak_rss_bytes; /* of this process */
    int64_t cpu_ns;          /* of this process, user and system */
};

/*
 * Concludes the result by what only the caller knows: the signal that stopped the run (0: none),
 * and whether a condition of --fail-on holds for what was proven.
 */
void result_conclude(struct result *result, int signal_number);

/* The status to exit with. */
int result_exit_status(const struct result *result);

/* Numbers a second, over the measured time. */
double result_throughput(const struct result *result);

#endif
