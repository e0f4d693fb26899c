/*
 * The clock of the sessions under test: it can be put forward, and it measures for how long the
 * sessions' lock is held. Nobody but the sessions knows that lock; but they give it to the clock
 * when the reaper waits. The linker puts functions of ours before pthread_mutex_lock and
 * pthread_mutex_unlock (-Wl,--wrap), which look at the time where the mutex is that one.
 */
#ifndef COMMS_TEST_BENCH_REAPER_CLOCK_H
#define COMMS_TEST_BENCH_REAPER_CLOCK_H

#include "shared/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

extern const struct clock reaper_clock;

/* Before the reaper is started. */
void reaper_clock_init(void);

/* Waits until the reaper has waited by the clock for the first time. */
void reaper_clock_await_reaper(void);

/* Puts the clock forward, and wakes the reaper: what it waits for is nearer now. */
void reaper_clock_put_forward(int64_t by_ns);

/* Whether the holds of the lock are measured. */
void reaper_clock_measure_holds(bool measuring);

/* The longest holds that were measured, in nanoseconds. */
struct lock_holds {
    int64_t longest_ns;     /* for others, who have to wait */
    int64_t longest_cpu_ns; /* without the time in which the holder did not run */
};
struct lock_holds reaper_clock_longest_holds(void);

#endif
