#include "server/work/inbox.h"

/* The address of this byte names the thread. */
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
    /* Cannot fail: the value 0 is valid, and the semaphore is not shared with another process. */
    (void)sem_init(&inbox->posted, 0, 0);
}

void inbox_cleanup(struct inbox *inbox)
{
    /* Pairs with inbox_disown: what the owner did before is visible here. */
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

bool inbox_mark(struct inbox *inbox, unsigned events)
{
    if (atomic_load_explicit(&inbox->owner, memory_order_relaxed) == this_thread()) {
        inbox->own_events |= events;
        return false;
    }
    return atomic_fetch_or_explicit(&inbox->events, events, memory_order_acq_rel) == 0;
}

void inbox_wake(struct inbox *inbox)
{
    (void)sem_post(&inbox->posted);
}

void inbox_post(struct inbox *inbox, unsigned events)
{
    if (inbox_mark(inbox, events)) {
        inbox_wake(inbox);
    }
}

/* Takes the events of other threads. The caller has waited for the semaphore. */
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
