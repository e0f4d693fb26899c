#include "server/inbox.h"

int inbox_init(struct inbox *inbox)
{
    inbox->events = 0;
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

unsigned inbox_post(struct inbox *inbox, unsigned event)
{
    /* Signalled under the lock: once the lock is free the worker may destroy the inbox. */
    (void)pthread_mutex_lock(&inbox->lock);
    inbox->events |= event;
    unsigned events = inbox->events;
    (void)pthread_cond_signal(&inbox->posted);
    (void)pthread_mutex_unlock(&inbox->lock);
    return events;
}

static unsigned take_locked(struct inbox *inbox)
{
    unsigned events = inbox->events;
    inbox->events = 0;
    return events;
}

unsigned inbox_take(struct inbox *inbox)
{
    (void)pthread_mutex_lock(&inbox->lock);
    unsigned events = take_locked(inbox);
    (void)pthread_mutex_unlock(&inbox->lock);
    return events;
}

unsigned inbox_wait(struct inbox *inbox, const struct clock *clock, int64_t deadline)
{
    (void)pthread_mutex_lock(&inbox->lock);
    while (inbox->events == 0 && (deadline == CLOCK_NEVER || clock->now(clock) < deadline)) {
        clock->wait(clock, &inbox->posted, &inbox->lock, deadline);
    }
    unsigned events = take_locked(inbox);
    (void)pthread_mutex_unlock(&inbox->lock);
    return events;
}
