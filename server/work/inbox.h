/*
 * Where a worker's thread waits for everything: a stream to serve, completions of its operations
 * and word from other threads leave a flag here and wake it.
 *
 * There is no lock: a condition's costs a system call more with each wake-up.
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
    INBOX_TAKEN_OVER = 1 << 4, /* another stream owns the session now */
    INBOX_DRAINING = 1 << 5,   /* the server stops */
    INBOX_TURN = 1 << 6        /* the turnstile lets it pass; there is a stream for it to serve */
};

struct inbox {
    /*
     * Most sends at full speed are over before C core returns, in the owner's own thread: what that
     * posts to itself is a plain word.
     */
    atomic_uintptr_t owner; /* names the thread that waits here; 0: none */
    unsigned own_events;    /* the owner's */

    /*
     * Whoever posts the first of some events posts the semaphore too, and whoever takes the events
     * has waited for that: then nobody is busy with the inbox any more, and it may be cleaned up.
     */
    atomic_uint events;
    sem_t posted;
};

void inbox_init(struct inbox *inbox);
void inbox_cleanup(struct inbox *inbox);

/*
 * The calling thread is the one that waits here, from now until it disowns the inbox: its last word
 * to it, after which another thread may clean it up.
 */
void inbox_own(struct inbox *inbox);
void inbox_disown(struct inbox *inbox);

/* Leaves word; returns all events that are there now. From any thread. */
unsigned inbox_post(struct inbox *inbox, unsigned event);

/* Takes the events that were posted, 0 if none. For the owner. */
unsigned inbox_take(struct inbox *inbox);

/* The same, but waits for one, at the latest until the clock shows `deadline`. */
unsigned inbox_wait(struct inbox *inbox, const struct clock *clock, int64_t deadline);

#endif
