/*
 * Where sessions are kept: what a conversation may ask of it, and how it is answered. Memory
 * (store_memory.h) answers at once; a store that asks a disk or another machine answers later, and
 * the conversation does something else meanwhile.
 *
 * Nothing per number ever asks, and no lock is held while something is asked.
 */
#ifndef COMMS_SERVER_SESSIONS_STORE_H
#define COMMS_SERVER_SESSIONS_STORE_H

#include "server/sessions/sessions.h"
#include "shared/base/uuid.h"
#include "shared/protocol/error.h"

#include <stdbool.h>
#include <stdint.h>

enum store_operation {
    STORE_CREATE,  /* START: a new session, owned by `owner` */
    STORE_LOOK_UP, /* CONTINUE: is there such a session? */
    STORE_CLAIM,   /* CONTINUE: `owner` is to own the session that was found */
    STORE_RELEASE  /* the stream is over: its session is idle from now on, if it still is its own */
};

/*
 * One question, embedded in who asks. It must stay where it is until it is answered, and may be
 * used for the next one then.
 */
struct store_request {
    enum store_operation operation;
    struct uuid uuid;            /* STORE_CREATE, STORE_LOOK_UP */
    uint32_t n;                  /* STORE_CREATE */
    struct session_owner *owner; /* STORE_CREATE, STORE_CLAIM: hears of a take-over */

    /* STORE_LOOK_UP: the answer, with a reference that STORE_CLAIM needs and does not take. */
    struct session *session;

    /* STORE_CREATE, STORE_CLAIM: the answer. STORE_RELEASE: what is given up. */
    struct session_hold hold;
    bool was_owned; /* STORE_CLAIM: the session was taken over from another stream */

    /*
     * The answer: ERROR_NONE, or
     * STORE_CREATE: ERROR_UUID_TAKEN (the session is live, or idle and unfinished),
     *     ERROR_TOO_MANY_SESSIONS (the limit is reached, or memory is missing);
     * STORE_LOOK_UP, STORE_CLAIM: ERROR_NO_SESSION (never started, or evicted, perhaps meanwhile).
     */
    enum error outcome;

    /* Called where the answer comes later, once, from any thread: it must only leave word. */
    void (*done)(struct store_request *request);
};

/* A store begins with this. */
struct store {
    /* True: answered. False: `done` will be called. From any thread. */
    bool (*submit)(struct store *store, struct store_request *request);
};

#endif
