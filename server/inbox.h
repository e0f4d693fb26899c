/*
 * Where a worker waits for everything that concerns its stream: completions of gRPC's operations
 * and word from other threads leave a flag here and wake it.
 *
 * Lock order: inbox.lock is the last; nothing is called while it is held.
 */
#ifndef COMMS_SERVER_INBOX_H
#define COMMS_SERVER_INBOX_H

#include "shared/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum inbox_event {
    INBOX_RECEIVED = 1 << 0,   /* the receive is over */
    INBOX_SENT = 1 << 1,       /* the send is over */
    INBOX_FINISHED = 1 << 2,   /* the status is out, or never will be */
    INBOX_CLOSED = 1 << 3,     /* the call is over */
    INBOX_TAKEN_OVER = 1 << 4, /* another stream owns the session now */
    INBOX_DRAINING = 1 << 5,   /* the server stops */
    INBOX_TURN = 1 << 6        /* the turnstile lets it pass */
};

struct inbox {
    /*
     * Most sends at full speed are over before C core returns, in the owner's own thread: what that
     * posts to itself takes no lock.
     */
    atomic_uintptr_t owner; /* names the thread that waits here; 0: none */
    unsigned own_events;    /* the owner's */

    atomic_uint events; /* written under the lock; the owner may look without it */
    pthread_mutex_t lock;
    pthread_cond_t posted;
};

/* 0, or an error number and nothing to clean up. */
int inbox_init(struct inbox *inbox);
void inbox_cleanup(struct inbox *inbox);

/*
 * The calling thread is the one that waits here, from now until it disowns the inbox. After that
 * another thread, once it has had the inbox's lock, may clean it up.
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
