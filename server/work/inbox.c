#include "server/work/inbox.h"

/* Its address names the thread. */
static _Thread_local char here;

static uintptr_t this_thread(void)
{
    return (uintptr_t)&here;
}

void inbox_init(struct inbox *inbox)
{
    atomic_init(&inbox->owner, 0);
    atomic_init(&inbox->events, 0);
    inbox->own_events = 0;
    /* Cannot fail: it counts from 0, and no other process sees it. */
    (void)sem_init(&inbox->posted, 0, 0);
}

void inbox_cleanup(struct inbox *inbox)
{
    /* Sees all that the owner has done before it disowned the inbox. */
    (void)atomic_load_explicit(&inbox->owner, memory_order_acquire);
    (void)sem_destroy(&inbox->posted);
}

void inbox_own(struct inbox *inbox)
{
    atomic_store_explicit(&inbox->owner, this_thread(), memory_order_relaxed);
}

void inbox_disown(struct inbox *inbox)
{
    atomic_store_explicit(&inbox->owner, 0, memory_order_release);
}

unsigned inbox_post(struct inbox *inbox, unsigned event)
{
    if (atomic_load_explicit(&inbox->owner, memory_order_relaxed) == this_thread()) {
        inbox->own_events |= event;
        return inbox->own_events | atomic_load_explicit(&inbox->events, memory_order_relaxed);
    }
    unsigned before = atomic_fetch_or_explicit(&inbox->events, event, memory_order_acq_rel);
    if (before == 0) {
        (void)sem_post(&inbox->posted);
    }
    return before | event;
}

/* For whom the semaphore was posted. */
static unsigned take_posted(struct inbox *inbox)
{
    return atomic_exchange_explicit(&inbox->events, 0, memory_order_acq_rel);
}

unsigned inbox_take(struct inbox *inbox)
{
    unsigned events = inbox->own_events;
    inbox->own_events = 0;
    if (atomic_load_explicit(&inbox->events, memory_order_relaxed) != 0) {
        while (sem_wait(&inbox->posted) != 0) {
        }
        events |= take_posted(inbox);
    }
    return events;
}

unsigned inbox_wait(struct inbox *inbox, const struct clock *clock, int64_t deadline)
{
    if (inbox->own_events != 0) {
        return inbox_take(inbox);
    }
    while (!clock->wait_post(clock, &inbox->posted, deadline)) {
        if (clock->now(clock) >= deadline) {
            return inbox_take(inbox);
        }
    }
    return take_posted(inbox);
}
