/*
 * A clock whose time the test sets: it stands still until fake_clock_advance. A thread that waits
 * by the clock blocks on its condition or semaphore, until the clock reaches the deadline or
 * somebody signals. Each function may be called from any thread, except init and cleanup.
 */
#ifndef COMMS_TEST_KIT_FAKE_CLOCK_H
#define COMMS_TEST_KIT_FAKE_CLOCK_H

#include "shared/base/clock.h"

#include <pthread.h>
#include <stdint.h>

struct fake_waiter;

struct fake_clock {
    struct clock clock; /* for the code under test; first: its address is the fake_clock's, too */

    struct fake_clock *self; /* not const, unlike what the clock's functions are given */
    pthread_mutex_t lock;    /* a leaf: taken inside the locks of waiting threads */

    /* lock */
    pthread_cond_t changed; /* a thread has begun to wait, or may leave */
    int64_t now;            /* nanoseconds */
    struct fake_waiter *waiters;
};

/* The clock stands at `now` nanoseconds. */
void fake_clock_init(struct fake_clock *fake, int64_t now);

/* No thread may wait by the clock any more. */
void fake_clock_cleanup(struct fake_clock *fake);

int64_t fake_clock_now(struct fake_clock *fake);

/*
 * Lets time go by, and wakes the threads whose deadline it reaches. The caller must not hold a lock
 * that a waiting thread needs.
 */
void fake_clock_advance(struct fake_clock *fake, int64_t by_ns);

/*
 * Blocks until a thread waits by this clock, for any deadline or for exactly this one. A thread
 * that fake_clock_advance has just woken does not count; a thread that a signal has just woken may.
 */
void fake_clock_await_waiter(struct fake_clock *fake);
void fake_clock_await_deadline(struct fake_clock *fake, int64_t deadline);

#endif
