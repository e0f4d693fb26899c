/*
 * The time that a stream's numbers take: measured against the time that the server's pace gives
 * each of them, so that a number is late by all that held it up, and not only by what came after
 * the one before it (no coordinated omission). Knows no clock; for one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_PACE_H
#define COMMS_CLIENT_MEASURE_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    int64_t interval_ns; /* the server's; 0: none, and nothing is ever late */
    int64_t started_at;  /* the session's START */
    int64_t broke_at;    /* the break was noticed; CLOCK_NEVER: there is none to make good */
    int64_t last_at;     /* the last number; CLOCK_NEVER: none yet */
    int64_t due;         /* the next number; CLOCK_NEVER: not known */
};

/* What one number took; each CLOCK_NEVER where it does not apply. */
struct pace_times {
    int64_t first;  /* since START */
    int64_t resume; /* since the break was noticed */
    int64_t gap;    /* since the number before */
    int64_t late;   /* behind its time */
};

/* A session begins by START at this time. */
void pace_start(struct pace *pace, int64_t interval_ns, int64_t now);

/* Its stream broke; a second break before a number came belongs to the first. */
void pace_break(struct pace *pace, int64_t now);

/*
 * A number came. `steps` is how far it is from the one before: 1, and more where some were lost.
 * The pace goes on from the fastest number: one that comes early shows that those before it were
 * held up. After a break the server begins a new pace with the first number that it sends.
 */
struct pace_times pace_number(struct pace *pace, int64_t now, uint64_t steps);

#endif
