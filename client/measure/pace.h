/*
 * The times of a stream's numbers. The lateness of a number is measured from the time that the
 * server's pace gives it, and not from the number before it: so a delay makes all numbers late that
 * it held up (no coordinated omission). Knows no clock; for one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_PACE_H
#define COMMS_CLIENT_MEASURE_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    int64_t interval_ns; /* the server's interval; 0: full speed, and no number is late */
    int64_t started_at;  /* time of the session's START */
    int64_t broke_at;    /* time of the break that no number followed yet; CLOCK_NEVER: none */
    int64_t last_at;     /* time of the last number; CLOCK_NEVER: none yet */
    int64_t due;         /* time at which the next number is due; CLOCK_NEVER: not known */
};

/* The times of one number, in nanoseconds; CLOCK_NEVER: does not apply. */
struct pace_times {
    int64_t first;  /* since START */
    int64_t resume; /* since the break was noticed */
    int64_t gap;    /* since the number before */
    int64_t late;   /* behind the time at which it was due */
};

/* The session's START was sent at this time. */
void pace_start(struct pace *pace, int64_t interval_ns, int64_t now);

/* The server of the stream that has begun now keeps this interval. Before its first number. */
void pace_set_interval(struct pace *pace, int64_t interval_ns);

/* Its stream broke. A second break before the next number belongs to the first one. */
void pace_break(struct pace *pace, int64_t now);

/*
 * A number came, `steps` after the number before it: 1, or more if some were lost. The pace counts
 * from the earliest number: one that comes before it is due shows that the numbers before it were
 * held up. After a break the server's pace begins again with the first number that it sends.
 */
struct pace_times pace_number(struct pace *pace, int64_t now, uint64_t steps);

/* The session is over: the time since the break that no number came after; CLOCK_NEVER: none. */
int64_t pace_end(struct pace *pace, int64_t now);

#endif
