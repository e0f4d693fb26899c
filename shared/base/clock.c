#define _GNU_SOURCE /* sem_clockwait */

#include "shared/base/clock.h"

#include <time.h>

static int64_t monotonic_now(const struct clock *clock)
{
    (void)clock;
    struct timespec now;
    /* Cannot fail: the clock exists and the pointer is good. */
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static struct timespec timespec_of(int64_t time)
{
    return (struct timespec){.tv_sec = time / NS_PER_S, .tv_nsec = time % NS_PER_S};
}

static void monotonic_wait(const struct clock *clock, pthread_cond_t *condition,
                           pthread_mutex_t *lock, int64_t deadline)
{
    (void)clock;
    if (deadline == CLOCK_NEVER) {
        (void)pthread_cond_wait(condition, lock);
        return;
    }
    const struct timespec until = timespec_of(deadline);
    (void)pthread_cond_timedwait(condition, lock, &until);
}

static bool monotonic_wait_post(const struct clock *clock, sem_t *semaphore, int64_t deadline)
{
    (void)clock;
    if (deadline == CLOCK_NEVER) {
        return sem_wait(semaphore) == 0;
    }
    const struct timespec until = timespec_of(deadline);
    return sem_clockwait(semaphore, CLOCK_MONOTONIC, &until) == 0;
}

const struct clock clock_monotonic = {
    .now = monotonic_now, .wait = monotonic_wait, .wait_post = monotonic_wait_post};

static int64_t boottime_now(const struct clock *clock)
{
    (void)clock;
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

const struct clock clock_boottime = {.now = boottime_now};

int clock_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    int error = pthread_condattr_init(&attributes);
    if (error != 0) {
        return error;
    }
    error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (error == 0) {
        error = pthread_cond_init(condition, &attributes);
    }
    (void)pthread_condattr_destroy(&attributes);
    return error;
}

int64_t clock_add(int64_t now, int64_t duration)
{
    return duration > CLOCK_NEVER - now ? CLOCK_NEVER : now + duration;
}
