#include "server/inbox.h"

#include <stdbool.h>

/* Its address names the thread. */
static _Thread_local char here;

static uintptr_t this_thread(void)
{
    return (uintptr_t)&here;
}

int inbox_init(struct inbox *inbox)
{
    atomic_init(&inbox->owner, 0);
    atomic_init(&inbox->events, 0);
    inbox->own_events = 0;
    int error = pthread_mutex_init(&inbox->lock, NULL);
    if (error != 0) {
        return error;
    }
    error = clock_condition_init(&inbox->posted);
    if (error != 0) {
        (void)pthread_mutex_destroy(&inbox->lock);
    }
    return error;
}

void inbox_cleanup(struct inbox *inbox)
{
    (void)pthread_cond_destroy(&inbox->posted);
    (void)pthread_mutex_destroy(&inbox->lock);
}

void inbox_own(struct inbox *inbox)
{
    atomic_store_explicit(&inbox->owner, this_thread(), memory_order_relaxed);
}

void inbox_disown(struct inbox *inbox)
{
    /* Whoever takes the lock next sees all that this thread has done. */
    (void)pthread_mutex_lock(&inbox->lock);
    atomic_store_explicit(&inbox->owner, 0, memory_order_relaxed);
    (void)pthread_mutex_unlock(&inbox->lock);
}

unsigned inbox_post(struct inbox *inbox, unsigned event)
{
    if (atomic_load_explicit(&inbox->owner, memory_order_relaxed) == this_thread()) {
        inbox->own_events |= event;
        return inbox->own_events | atomic_load_explicit(&inbox->events, memory_order_relaxed);
    }
    /* Signalled under the lock: once the lock is free the worker may destroy the inbox. */
    (void)pthread_mutex_lock(&inbox->lock);
    unsigned events = atomic_load_explicit(&inbox->events, memory_order_relaxed) | event;
    atomic_store_explicit(&inbox->events, events, memory_order_relaxed);
    (void)pthread_cond_signal(&inbox->posted);
    (void)pthread_mutex_unlock(&inbox->lock);
    return events;
}

static bool is_empty(const struct inbox *inbox)
{
    return inbox->own_events == 0 &&
           atomic_load_explicit(&inbox->events, memory_order_relaxed) == 0;
}

static unsigned take_locked(struct inbox *inbox)
{
    unsigned events =
        inbox->own_events | atomic_load_explicit(&inbox->events, memory_order_relaxed);
    inbox->own_events = 0;
    atomic_store_explicit(&inbox->events, 0, memory_order_relaxed);
    return events;
}

unsigned inbox_take(struct inbox *inbox)
{
    /* What others posted is taken under the lock only: they may not have let go of it yet. */
    if (atomic_load_explicit(&inbox->events, memory_order_relaxed) == 0) {
        unsigned own_events = inbox->own_events;
        inbox->own_events = 0;
        return own_events;
    }
    (void)pthread_mutex_lock(&inbox->lock);
    unsigned events = take_locked(inbox);
    (void)pthread_mutex_unlock(&inbox->lock);
    return events;
}

unsigned inbox_wait(struct inbox *inbox, const struct clock *clock, int64_t deadline)
{
    (void)pthread_mutex_lock(&inbox->lock);
    while (is_empty(inbox) && (deadline == CLOCK_NEVER || clock->now(clock) < deadline)) {
        clock->wait(clock, &inbox->posted, &inbox->lock, deadline);
    }
    unsigned events = take_locked(inbox);
    (void)pthread_mutex_unlock(&inbox->lock);
    return events;
}
