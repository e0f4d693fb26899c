/*
 * What a store needs by which several servers share their sessions: it withdraws a session from the
 * streams of this server to give it to another one, and drops all when this server has lost them.
 * Every function may be called from any thread, and takes sessions.lock, a leaf lock.
 */
#ifndef COMMS_SERVER_SESSIONS_SESSIONS_SHARED_H
#define COMMS_SERVER_SESSIONS_SESSIONS_SHARED_H

#include "server/sessions/sessions.h"
#include "server/sessions/sessions_durable.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A session that is in no map, for the asker of STORE_LOOK_UP: one reference; NULL if memory is
 * missing. sessions_take finds it gone. */
struct session *session_of_record(const struct session_record *record);

/* The generation of a session that a stream or the store holds, or that is idle. */
void sessions_set_generation(struct sessions *sessions, struct session *session,
                             uint64_t generation);

enum session_presence {
    SESSION_ABSENT,
    SESSION_RESERVED, /* pending, or withdrawn: it is not found now */
    SESSION_PRESENT   /* *ret_session has a new reference */
};

enum session_presence sessions_look(struct sessions *sessions, const struct uuid *uuid,
                                    struct session **ret_session);

/*
 * As sessions_take, and nobody finds or takes the session from now on. It ends by sessions_discard,
 * or by sessions_confirm and sessions_leave: then it is idle.
 */
enum session_claim sessions_withdraw(struct sessions *sessions, struct session *session,
                                     uint32_t attempt, struct session_owner *owner,
                                     struct session_hold *ret_hold,
                                     struct session_before *ret_before);

/* Withdraws idle sessions, `max` at most; returns how many. */
size_t sessions_withdraw_idle(struct sessions *sessions, struct session_owner *owner,
                              struct session_hold *ret_holds, size_t max);

/*
 * Describes sessions whose generation is at most `generation`, and that are not reserved, from a
 * place in the map on; *place is 0 at first, and 0 again at the end. Returns how many, `max` at
 * most. That must be more than a bucket of the map has: 100 are.
 */
size_t sessions_list(struct sessions *sessions, uint64_t generation, uint64_t *place,
                     struct session_record *ret_records, size_t max);

/*
 * Takes all sessions out of the map, and calls `lose` of their owners: this server does not own
 * them any more. Holds stay valid, and count nothing. The listener is not told.
 */
void sessions_abandon_all(struct sessions *sessions);

/* Whether sessions_abandon_all dropped it. Takes no lock. */
bool session_is_abandoned(const struct session *session);

#endif
