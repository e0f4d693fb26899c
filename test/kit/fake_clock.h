/*
 * A clock whose time the test sets: it stands still until fake_clock_advance. Whoever waits by it
 * waits for real, on the condition given, until the time has come or somebody signals. Every
 * function may be called from any thread but init and cleanup.
 */
#ifndef COMMS_TEST_KIT_FAKE_CLOCK_H
#define COMMS_TEST_KIT_FAKE_CLOCK_H

#include "shared/base/clock.h"

#include <pthread.h>
#include <stdint.h>

struct fake_waiter;

struct fake_clock {
    struct clock clock; /* what the code under test is given; first, so that one can be the other */

    struct fake_clock *self; /* the clock's functions are given it as const */
    pthread_mutex_t lock;    /* taken inside the locks of those who wait */
    pthread_cond_t changed;  /* somebody waits, or was let go */
    int64_t now;             /* lock */
    struct fake_waiter *waiters;
};

void fake_clock_init(struct fake_clock *fake, int64_t now);

/* Nobody may wait any more. */
void fake_clock_cleanup(struct fake_clock *fake);

int64_t fake_clock_now(struct fake_clock *fake);

/*
 * Lets time go by, and wakes those whose deadline it reaches. The caller must hold no lock that one
 * who waits by this clock needs.
 */
void fake_clock_advance(struct fake_clock *fake, int64_t by_ns);

/*
 * Blocks until some thread waits by this clock, for any deadline or for exactly this one. A thread
 * that fake_clock_advance has just woken does not count, one that a signal has just woken may.
 */
void fake_clock_await_waiter(struct fake_clock *fake);
void fake_clock_await_deadline(struct fake_clock *fake, int64_t deadline);

#endif
