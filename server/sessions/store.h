/*
 * A store keeps the sessions. This is what a conversation may ask a store, and how the store
 * answers. The store in memory (store_memory.h) answers at once. A store on a disk or on another
 * machine answers later; meanwhile the conversation handles other events.
 *
 * A conversation asks on START, CONTINUE and at its end, never for a number. The caller of `submit`
 * holds no lock.
 */
#ifndef COMMS_SERVER_SESSIONS_STORE_H
#define COMMS_SERVER_SESSIONS_STORE_H

#include "server/sessions/sessions.h"
#include "server/sessions/sessions_durable.h"
#include "server/sessions/store_latency.h"
#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "shared/protocol/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum store_operation {
    STORE_CREATE,  /* START: makes a new session, owned by `owner` */
    STORE_LOOK_UP, /* CONTINUE: finds a session */
    STORE_CLAIM,   /* CONTINUE: makes `owner` the owner of the session that was found, unless
                      `attempt` is older than another one */
    STORE_RELEASE  /* the stream is over: its session becomes idle, unless it was taken over */
};

/*
 * One question, embedded in the asker's structure. It must not move until it is answered; then it
 * may carry the next question.
 */
struct store_request {
    enum store_operation operation;
    struct uuid uuid; /* STORE_CREATE, STORE_LOOK_UP */
    uint32_t n;       /* STORE_CREATE: count of numbers */
    uint32_t attempt; /* STORE_CREATE, STORE_CLAIM: of the client, 1, 2, …; 0: absent */
    uint32_t
        position; /* STORE_CLAIM: messages that the client has received, as its number proves */
    struct session_owner
        *owner; /* its `lose` tells of a take-over; the session must belong to it */

    /*
     * The answer of STORE_LOOK_UP, with a reference for the asker. STORE_CLAIM needs the session,
     * and leaves the reference to the asker.
     */
    struct session *session;

    /* The answer of STORE_CREATE and STORE_CLAIM; what STORE_RELEASE gives up. */
    struct session_hold hold;
    struct session_before before; /* STORE_CLAIM: what it found; ERROR_NONE, ERROR_OLDER_ATTEMPT */

    /*
     * The answer: ERROR_NONE, or
     * STORE_CREATE, STORE_LOOK_UP: ERROR_OTHER_CLIENT (the session belongs to another client);
     * STORE_CREATE: ERROR_UUID_TAKEN (the session has an owner, or is unfinished),
     *     ERROR_TOO_MANY_SESSIONS (the limit is reached, or memory is missing),
     *     ERROR_TOO_MANY_CLIENT_SESSIONS (the limit of one client is reached);
     * STORE_LOOK_UP, STORE_CLAIM: ERROR_NO_SESSION (never started, or evicted, perhaps meanwhile);
     * STORE_CLAIM: ERROR_OLDER_ATTEMPT (the session has had `attempt`, or a higher one);
     * all except STORE_RELEASE: ERROR_STORE_AWAY (the store cannot be reached, or does not answer);
     * STORE_CREATE: ERROR_STORE_FULL (the disk, or the store's quota, is full);
     * STORE_CLAIM: ERROR_WRONG_LAST_NUMBER (the session came from another server, and it turned out
     *     that fewer messages than `position` were sent: `before.sent`).
     */
    enum error outcome;

    /*
     * Called once if the answer comes later, from any thread: it may only post an event. It comes
     * within a bounded time: a stream, and so the stop of the server, waits for it.
     */
    void (*done)(struct store_request *request);

    /* The store's own: from STORE_CREATE or STORE_CLAIM that gave a hold to the end of
     * STORE_RELEASE, and while it has the request. */
    struct store_request *next;
    struct store_request *previous;
    struct session_record written; /* what the store has last written of the session */
};

enum store_state {
    STORE_STATE_OK,
    STORE_STATE_FULL,   /* nothing new can be written; what exists goes on */
    STORE_STATE_FAILING /* it cannot be reached, or cannot write */
};

/* How a store does. The counts are since its start. */
struct store_status {
    enum store_state state;
    uint64_t queue;    /* sessions that wait to be written */
    uint64_t refusals; /* of STORE_CREATE: ERROR_STORE_FULL and ERROR_STORE_AWAY */
    uint64_t writes;   /* sessions that were written or deleted */
    struct store_latency_counts latency; /* of the commits, each of one session or more */
};

/* A store's own structure begins with this. */
struct store {
    /* True: the request is answered. False: `done` will be called. From any thread. */
    bool (*submit)(struct store *store, struct store_request *request);

    /*
     * The time on CLOCK_BOOTTIME, nanoseconds, until which this server owns its sessions: nothing
     * of them may be sent later. It moves on while the server can renew. NULL: for ever.
     */
    const atomic_int_fast64_t *owned_until;

    /* How the store does now. From any thread, until `close`. NULL: it is always well. */
    void (*status)(struct store *store, struct store_status *ret_status);

    /* The server stops: sessions that are left from now on are for other servers. Returns at
     * once. From one thread, once. NULL: there is nothing to do. */
    void (*drain)(struct store *store);

    /*
     * Writes what is to be written, ends the store's threads and frees the store. It takes a
     * bounded time. No request is under way, and the sessions still exist. False: a thread was left
     * behind, for instance because the disk hangs; then the store, and the sessions, must stay.
     * NULL: there is nothing to do.
     */
    bool (*close)(struct store *store);
};

/*
 * Whether this server owns its sessions now. It costs a look at the clock if a store is shared, and
 * nothing else does. CLOCK_BOOTTIME goes on while the machine sleeps, and has no coarse form.
 */
static inline bool store_owns(const struct store *store)
{
    if (store->owned_until == NULL) {
        return true;
    }
    return clock_boottime.now(&clock_boottime) <
           atomic_load_explicit(store->owned_until, memory_order_acquire);
}

#endif
