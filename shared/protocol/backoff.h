/*
 * How long to wait before the next try: exponential, with jitter, so that clients that lost the
 * same server do not return all at once. A backoff belongs to one thread.
 */
#ifndef COMMS_SHARED_PROTOCOL_BACKOFF_H
#define COMMS_SHARED_PROTOCOL_BACKOFF_H

#include <stdint.h>

/* All zeroes before the first try. */
struct backoff {
    int64_t delay_ns;
};

/* After a success: the next wait is the shortest again. */
void backoff_reset(struct backoff *backoff);

/*
 * The next wait, in nanoseconds: 500 ms at first (as in the original), then 1.6 times the last one,
 * 10 s at most. `random`, any 32 random bits, makes it up to 20 % shorter or longer.
 */
int64_t backoff_next(struct backoff *backoff, uint32_t random);

#endif
