/*
 * The one place where a worker's thread waits. A new stream, the end of an operation and words from
 * other threads post an event here, which wakes the thread.
 *
 * There is no lock: a condition variable would cost one more system call for each wake-up.
 */
#ifndef COMMS_SERVER_WORK_INBOX_H
#define COMMS_SERVER_WORK_INBOX_H

#include "shared/base/clock.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum inbox_event {
    INBOX_RECEIVED = 1 << 0,   /* the receive is over */
    INBOX_SENT = 1 << 1,       /* the send is over */
    INBOX_FINISHED = 1 << 2,   /* the status was sent, or cannot be */
    INBOX_CLOSED = 1 << 3,     /* the call is over */
    INBOX_STORE = 1 << 4,      /* the store has answered */
    INBOX_TAKEN_OVER = 1 << 5, /* another stream has taken the session over */
    INBOX_DRAINING = 1 << 6,   /* the server stops */
    INBOX_TURN = 1 << 7,       /* the turnstile has given the stream its turn */
    INBOX_STREAM = 1 << 8,     /* the thread has a stream to serve */
    INBOX_BROKEN = 1 << 9,     /* with INBOX_CLOSED: the client may not have got the status */
    INBOX_TOO_LARGE = 1 << 10, /* with INBOX_RECEIVED: what came was too large */
    INBOX_NEWS = 1 << 11       /* what the dialogue watches has changed */
};

struct inbox {
    /*
     * At full speed most sends are over before C core returns, in the owner's own thread. So the
     * owner posts to itself by a plain word.
     */
    atomic_uintptr_t owner; /* names the thread that waits here; 0: none */
    unsigned own_events;    /* posted by the owner to itself */

    /*
     * Events from other threads. The thread that posts the first event also posts the semaphore,
     * and the owner takes the events only after it has waited for the semaphore. Then that thread
     * has finished with the inbox, so the inbox may be cleaned up.
     */
    atomic_uint events;
    sem_t posted;
};

void inbox_init(struct inbox *inbox);
void inbox_cleanup(struct inbox *inbox);

/*
 * The calling thread owns the inbox from now on, until inbox_disown. That is the owner's last use
 * of the inbox: afterwards another thread may clean it up.
 */
void inbox_own(struct inbox *inbox);
void inbox_disown(struct inbox *inbox);

/* Posts one event or several (enum inbox_event) and wakes the owner. From any thread. */
void inbox_post(struct inbox *inbox, unsigned events);

/*
 * The same in two steps, for a caller that holds a lock: inbox_mark posts, and if it returns true
 * the caller calls inbox_wake, when the lock is free. The owner takes none of the events before
 * that, and so the inbox stays.
 */
bool inbox_mark(struct inbox *inbox, unsigned events);
void inbox_wake(struct inbox *inbox);

/* Takes the posted events; 0: none. Does not wait. For the owner. */
unsigned inbox_take(struct inbox *inbox);

/*
 * Waits for an event until `deadline`, a time on the clock, and takes the posted events; 0: the
 * deadline has passed. For the owner.
 */
unsigned inbox_wait(struct inbox *inbox, const struct clock *clock, int64_t deadline);

#endif
