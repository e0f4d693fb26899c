/*
 * Time: nanoseconds on a clock that only goes forward. Everything that waits or expires asks a
 * `struct clock`, so that a test can put its own hands on it.
 */
#ifndef COMMS_SHARED_BASE_CLOCK_H
#define COMMS_SHARED_BASE_CLOCK_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#define CLOCK_NEVER INT64_MAX
#define NS_PER_MS   INT64_C(1000000)
#define NS_PER_S    INT64_C(1000000000)

struct clock {
    /* The time now, in nanoseconds from some fixed point. */
    int64_t (*now)(const struct clock *clock);

    /*
     * Waits like pthread_cond_wait, at the latest until the clock shows `deadline` (CLOCK_NEVER:
     * for ever). May return early; the caller looks at what it waits for, and at the time. The
     * condition must come from clock_condition_init.
     */
    void (*wait)(const struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *lock,
                 int64_t deadline);

    /*
     * Waits like sem_wait, at the latest until the clock shows `deadline`: for what is no lock's,
     * at half the cost. True: the semaphore had been posted, and is one less. False: the time has
     * come, or there was no reason; the caller looks at the time.
     */
    bool (*wait_post)(const struct clock *clock, sem_t *semaphore, int64_t deadline);
};

/* CLOCK_MONOTONIC. Its functions may be called from any thread. */
extern const struct clock clock_monotonic;

/* Makes a condition that waits on CLOCK_MONOTONIC. 0, or an error number. */
int clock_condition_init(pthread_cond_t *condition);

/* now + duration, and CLOCK_NEVER where that is too far away. Neither may be negative. */
int64_t clock_add(int64_t now, int64_t duration);

#endif
