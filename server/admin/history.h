/*
 * The last ten minutes of the server: a ring of samples, one a second, and the same folded into as
 * few stretches as a plot needs. Plain data, without a lock.
 */
#ifndef COMMS_SERVER_ADMIN_HISTORY_H
#define COMMS_SERVER_ADMIN_HISTORY_H

#include "server/admin/refusal_rows.h"

#include <stddef.h>
#include <stdint.h>

/* A sample more than there are seconds: a rate needs two. */
enum { HISTORY_SECONDS = 600, HISTORY_SAMPLES = HISTORY_SECONDS + 1 };

struct history_sample {
    int64_t time_ns; /* on the monotonic clock */
    int64_t cpu_ns;  /* of the process */
    uint64_t streams;
    uint64_t numbers; /* messages sent, since the start */
    uint64_t resumes; /* since the start */
    uint64_t owned;   /* sessions by state */
    uint64_t idle;
    uint64_t finished;
    struct refusal_rows refusals; /* since the start */
};

/* All zeroes: empty. */
struct history {
    uint64_t added; /* samples; the last HISTORY_SAMPLES are kept */
    struct history_sample samples[HISTORY_SAMPLES];
};

void history_add(struct history *history, const struct history_sample *sample);

/* A stretch of the time; rates are those of the whole, the others are as at its end. */
struct history_point {
    int64_t begin_ns; /* nanoseconds since the left edge of the plot */
    int64_t end_ns;
    double numbers; /* a second */
    double resumes; /* a second */
    uint64_t streams;
    uint64_t owned;
    uint64_t idle;
    uint64_t finished;
};

/* One more stretch than a plot has room for: the first and the last one may be cut. */
enum { HISTORY_STRETCHES = 60, HISTORY_POINTS = HISTORY_STRETCHES + 2 };

struct history_fold {
    int64_t width_ns; /* from the left edge to the last sample; 1, 2, 5 or 10 min */
    size_t count;     /* 0: there are less than two samples */
    struct history_point points[HISTORY_POINTS];
};

void history_fold(const struct history *history, struct history_fold *ret_fold);

/* The last sample, and the last one that is at least so old, or else the first one. NULL: there is
 * none. */
const struct history_sample *history_last(const struct history *history);
const struct history_sample *history_before(const struct history *history, int64_t age_ns);

#endif
