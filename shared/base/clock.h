/*
 * Time, in nanoseconds, on a clock that only goes forward. Everything that waits or expires asks a
 * `struct clock`, so that a test can set the time itself.
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
    /* The time now, in nanoseconds since a fixed point in the past. */
    int64_t (*now)(const struct clock *clock);

    /*
     * Waits like pthread_cond_wait, until `deadline` at the latest (CLOCK_NEVER: without end). May
     * return early: the caller checks what it waits for, and the time. The condition must come from
     * clock_condition_init.
     */
    void (*wait)(const struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *lock,
                 int64_t deadline);

    /*
     * Waits like sem_wait, until `deadline` at the latest. For waiters without a lock: half the
     * cost of a condition variable. True: the semaphore was posted, and is decremented. False: the
     * deadline has passed, or the wait ended early; the caller checks the time.
     */
    bool (*wait_post)(const struct clock *clock, sem_t *semaphore, int64_t deadline);
};

/* CLOCK_MONOTONIC. Its functions may be called from any thread. */
extern const struct clock clock_monotonic;

/* CLOCK_BOOTTIME, which goes on while the machine sleeps. It has `now` only: nothing waits by it.
 */
extern const struct clock clock_boottime;

/* Makes a condition variable that waits on CLOCK_MONOTONIC. Returns 0 or an error number. */
int clock_condition_init(pthread_cond_t *condition);

/* now + duration, or CLOCK_NEVER if the sum is too large. Neither may be negative. */
int64_t clock_add(int64_t now, int64_t duration);

static inline int64_t clock_earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

#endif
