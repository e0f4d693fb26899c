#include "test/kit/fake_clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* A thread in clock->wait or clock->wait_post; on its stack. Linked under fake->lock. */
struct fake_waiter {
    struct fake_waiter *next;
    sem_t *semaphore; /* NULL: waits on the condition */
    pthread_cond_t *condition;
    pthread_mutex_t *mutex;
    int64_t deadline;
    bool is_due;    /* the deadline has passed: the thread is about to leave */
    bool is_pinned; /* fake_clock_advance is waking the thread: it must stay */
};

static void must_succeed(int error)
{
    if (error != 0) {
        abort();
    }
}

static void lock(pthread_mutex_t *mutex)
{
    must_succeed(pthread_mutex_lock(mutex));
}

static void unlock(pthread_mutex_t *mutex)
{
    must_succeed(pthread_mutex_unlock(mutex));
}

/* The clock's functions are given a const clock. */
static struct fake_clock *fake_of(const struct clock *clock)
{
    return ((const struct fake_clock *)(const void *)clock)->self;
}

static int64_t fake_now(const struct clock *clock)
{
    return fake_clock_now(fake_of(clock));
}

static void waiter_add_locked(struct fake_clock *fake, struct fake_waiter *waiter)
{
    waiter->next = fake->waiters;
    fake->waiters = waiter;
    must_succeed(pthread_cond_broadcast(&fake->changed));
}

static void waiter_remove_locked(struct fake_clock *fake, const struct fake_waiter *waiter)
{
    struct fake_waiter **link = &fake->waiters;
    while (*link != waiter) {
        link = &(*link)->next;
    }
    *link = waiter->next;
}

static void fake_wait(const struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *mutex,
                      int64_t deadline)
{
    struct fake_clock *fake = fake_of(clock);
    struct fake_waiter waiter = {.condition = condition, .mutex = mutex, .deadline = deadline};
    lock(&fake->lock);
    if (fake->now >= deadline) {
        unlock(&fake->lock);
        return;
    }
    waiter_add_locked(fake, &waiter);
    unlock(&fake->lock);
    /* No signal is lost from here to the wait: the waker needs the mutex, which this thread holds.
     */
    must_succeed(pthread_cond_wait(condition, mutex));

    lock(&fake->lock);
    if (waiter.is_pinned) { /* the waker may still need the mutex */
        unlock(&fake->lock);
        unlock(mutex);
        lock(&fake->lock);
        while (waiter.is_pinned) {
            must_succeed(pthread_cond_wait(&fake->changed, &fake->lock));
        }
        waiter_remove_locked(fake, &waiter);
        unlock(&fake->lock);
        lock(mutex);
        return;
    }
    waiter_remove_locked(fake, &waiter);
    unlock(&fake->lock);
}

static bool fake_wait_post(const struct clock *clock, sem_t *semaphore, int64_t deadline)
{
    struct fake_clock *fake = fake_of(clock);
    struct fake_waiter waiter = {.semaphore = semaphore, .deadline = deadline};
    lock(&fake->lock);
    if (fake->now >= deadline) {
        unlock(&fake->lock);
        return sem_trywait(semaphore) == 0;
    }
    waiter_add_locked(fake, &waiter);
    unlock(&fake->lock);
    must_succeed(sem_wait(semaphore));

    lock(&fake->lock);
    waiter_remove_locked(fake, &waiter);
    unlock(&fake->lock);
    return !waiter.is_due; /* a due waiter took the clock's post; a real one stays for the next wait
                            */
}

void fake_clock_init(struct fake_clock *fake, int64_t now)
{
    fake->clock = (struct clock){.now = fake_now, .wait = fake_wait, .wait_post = fake_wait_post};
    fake->self = fake;
    must_succeed(pthread_mutex_init(&fake->lock, NULL));
    must_succeed(pthread_cond_init(&fake->changed, NULL));
    fake->now = now;
    fake->waiters = NULL;
}

void fake_clock_cleanup(struct fake_clock *fake)
{
    must_succeed(pthread_cond_destroy(&fake->changed));
    must_succeed(pthread_mutex_destroy(&fake->lock));
}

int64_t fake_clock_now(struct fake_clock *fake)
{
    lock(&fake->lock);
    int64_t now = fake->now;
    unlock(&fake->lock);
    return now;
}

/* Unlocks fake->lock meanwhile; the waiter is pinned, and so its link to the next one stays. */
static void waiter_wake_locked(struct fake_clock *fake, struct fake_waiter *waiter)
{
    waiter->is_due = true;
    if (waiter->semaphore != NULL) { /* the thread needs fake->lock before it can leave */
        must_succeed(sem_post(waiter->semaphore));
        return;
    }
    waiter->is_pinned = true;
    unlock(&fake->lock);
    lock(waiter->mutex);
    must_succeed(pthread_cond_broadcast(waiter->condition));
    unlock(waiter->mutex);
    lock(&fake->lock);
    waiter->is_pinned = false;
    must_succeed(pthread_cond_broadcast(&fake->changed));
}

void fake_clock_advance(struct fake_clock *fake, int64_t by_ns)
{
    lock(&fake->lock);
    fake->now = clock_add(fake->now, by_ns);
    for (struct fake_waiter *waiter = fake->waiters; waiter != NULL; waiter = waiter->next) {
        if (!waiter->is_due && waiter->deadline <= fake->now) {
            waiter_wake_locked(fake, waiter);
        }
    }
    unlock(&fake->lock);
}

static bool has_waiter_locked(const struct fake_clock *fake, bool any, int64_t deadline)
{
    for (const struct fake_waiter *waiter = fake->waiters; waiter != NULL; waiter = waiter->next) {
        if (!waiter->is_due && (any || waiter->deadline == deadline)) {
            return true;
        }
    }
    return false;
}

static void await(struct fake_clock *fake, bool any, int64_t deadline)
{
    lock(&fake->lock);
    while (!has_waiter_locked(fake, any, deadline)) {
        must_succeed(pthread_cond_wait(&fake->changed, &fake->lock));
    }
    unlock(&fake->lock);
}

void fake_clock_await_waiter(struct fake_clock *fake)
{
    await(fake, true, 0);
}

void fake_clock_await_deadline(struct fake_clock *fake, int64_t deadline)
{
    await(fake, false, deadline);
}
