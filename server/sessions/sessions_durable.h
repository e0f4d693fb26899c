/*
 * What a store needs that keeps the sessions beyond this process: it brings sessions back, confirms
 * new ones once it has written them, takes out those that it could not write, and is told of those
 * that end. Every function may be called from any thread, and takes sessions.lock, a leaf lock.
 */
#ifndef COMMS_SERVER_SESSIONS_SESSIONS_DURABLE_H
#define COMMS_SERVER_SESSIONS_SESSIONS_DURABLE_H

#include "server/sessions/client_identity.h"
#include "server/sessions/sessions.h"
#include "shared/base/uuid.h"

#include <stdbool.h>
#include <stdint.h>

/* What a store keeps of a session. */
struct session_record {
    struct uuid uuid;
    struct client_key client; /* of its first owner; all zeroes: it has no identity */
    uint32_t n;
    uint32_t sent;       /* messages */
    bool is_exact;       /* false: a server that has died sent them, and perhaps more */
    uint32_t attempt;    /* the highest so far; 0: none */
    uint64_t generation; /* higher than that of each earlier session of the same uuid */
};

/* Is told of sessions that end. A store's structure embeds it. */
struct session_listener {
    /* The session has left the map: it was evicted, gave way or was replaced. Another one of the
     * same uuid, with a higher generation, may exist by now. Called without a lock, from any
     * thread. */
    void (*forgotten)(struct session_listener *listener, const struct session *session);
};

/* Nobody is told before. Before any other thread uses the sessions. */
void sessions_set_listener(struct sessions *sessions, struct session_listener *listener);

/*
 * Adds a session that an earlier server has left: it is idle from now on. It may exceed the limits,
 * and is not counted for its client. False if memory is missing, or if the uuid has a session.
 */
bool sessions_restore(struct sessions *sessions, const struct session_record *record);

/* The store has the held session: it is found from now on. The one that it replaced, or that gave
 * way to it, is gone now. */
void sessions_confirm(struct sessions *sessions, const struct session_hold *hold);

/*
 * Ends the hold, drops its reference, and takes the session out of the map, unless another stream
 * has taken it over. If it is pending this undoes the START: the session that it replaced, or that
 * gave way to it, is back, idle from now on. The listener is not told of the discarded one. A hold
 * of nothing: does nothing.
 */
void sessions_discard(struct sessions *sessions, struct session_hold *hold);

/* Describes the session as it is now, with its attempt. False: it has left the map. */
bool sessions_describe(struct sessions *sessions, const struct session *session,
                       struct session_record *ret_record);

/*
 * Notes that the store has to write the session. False: it is noted already. The store takes the
 * note off before it describes the session. Both without a lock.
 */
bool session_note(struct session *session);
void session_take_note(struct session *session);

#endif
