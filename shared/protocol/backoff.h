/*
 * How long to wait before the next try: exponential, with jitter so that clients which lost one
 * server do not come back in step. Belongs to one thread.
 */
#ifndef COMMS_SHARED_PROTOCOL_BACKOFF_H
#define COMMS_SHARED_PROTOCOL_BACKOFF_H

#include <stdint.h>

/* All zeroes is the state before the first try. */
struct backoff {
    int64_t delay_ns;
};

/* The next try, after a success, waits the shortest time again. */
void backoff_reset(struct backoff *backoff);

/*
 * The next wait in nanoseconds: 500 ms at first (as in the original), 1.6 times more each time, at
 * most 10 s; then moved by up to 20 % either way, by `random` (any 32 random bits).
 */
int64_t backoff_next(struct backoff *backoff, uint32_t random);

#endif
