/*
 * Where a worker's thread waits for everything: a stream to serve, the completions of its
 * operations and word from other threads leave an event here and wake it.
 *
 * There is no lock: a condition variable costs one system call more with each wake-up.
 */
#ifndef COMMS_SERVER_WORK_INBOX_H
#define COMMS_SERVER_WORK_INBOX_H

#include "shared/base/clock.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>

enum inbox_event {
    INBOX_RECEIVED = 1 << 0,   /* the receive is over */
    INBOX_SENT = 1 << 1,       /* the send is over */
    INBOX_FINISHED = 1 << 2,   /* the status is out, or never will be */
    INBOX_CLOSED = 1 << 3,     /* the call is over */
    INBOX_STORE = 1 << 4,      /* the store has answered */
    INBOX_TAKEN_OVER = 1 << 5, /* another stream owns the session now */
    INBOX_DRAINING = 1 << 6,   /* the server stops */
    INBOX_TURN = 1 << 7,       /* the stream's turn has come at the turnstile */
    INBOX_STREAM = 1 << 8      /* the thread has a stream to serve */
};

struct inbox {
    /*
     * Most sends at full speed are over before C core returns, in the owner's own thread: what the
     * owner posts to itself is a plain word.
     */
    atomic_uintptr_t owner; /* names the thread that waits here; 0: none */
    unsigned own_events;    /* the owner's */

    /*
     * Who posts the first of some events posts the semaphore too, and the owner takes events only
     * after it has waited for the semaphore: then no other thread is busy with the inbox any more,
     * and it may be cleaned up.
     */
    atomic_uint events;
    sem_t posted;
};

void inbox_init(struct inbox *inbox);
void inbox_cleanup(struct inbox *inbox);

/*
 * The calling thread owns the inbox from now on, until it disowns it. Disowning is the owner's last
 * use of the inbox: another thread may clean it up afterwards.
 */
void inbox_own(struct inbox *inbox);
void inbox_disown(struct inbox *inbox);

/* Posts one event or several (enum inbox_event) and wakes the owner. From any thread. */
void inbox_post(struct inbox *inbox, unsigned events);

/* Takes the events that were posted; 0: none. For the owner. */
unsigned inbox_take(struct inbox *inbox);

/* Waits for an event until the clock shows `deadline`, and takes the events. For the owner. */
unsigned inbox_wait(struct inbox *inbox, const struct clock *clock, int64_t deadline);

#endif
