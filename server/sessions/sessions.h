/*
 * The stateful sessions of the server: a hash map under one mutex, which the workers share, and the
 * idle sessions in order, from which the reaper evicts. When the map is full a new session takes
 * the place of a finished one. This module knows no gRPC, and of the numbers only how many were
 * sent.
 *
 * A session is reference counted: the map holds one reference, the owner's hold another, and the
 * caller of sessions_find a third. A session changes under the lock: on start, take, leave and
 * eviction. A number changes one atomic word only, the session's progress.
 *
 * sessions.lock is a leaf lock. Every function may be called from any thread.
 */
#ifndef COMMS_SERVER_SESSIONS_SESSIONS_H
#define COMMS_SERVER_SESSIONS_SESSIONS_H

#include "server/sessions/client_identity.h"
#include "shared/base/clock.h"
#include "shared/base/memory.h"
#include "shared/base/uuid.h"
#include "shared/protocol/error.h"

#include <stdbool.h>
#include <stdint.h>

struct session;
struct sessions;

struct sessions_settings {
    uint64_t max_sessions;
    uint64_t max_client_sessions; /* that count, of one client: client_counts.h; 0: no limit */
    int64_t timeout_ns;           /* from leaving a session to its eviction, nanoseconds */
    const struct clock *clock;    /* measures the time-out */
    struct memory *memory;        /* counts the sessions' bytes; NULL: not counted */

    /* A store keeps the sessions beyond this process: a new session is pending, and nobody finds it
     * before sessions_confirm. */
    bool starts_pending;

    /* Called without the lock, for a session that gave way to one of another uuid: in
     * sessions_start, or when a store confirms or discards that one. NULL: nobody is told. */
    void (*gave_way)(const struct session *session);
};

/*
 * The stream that owns a session. When another stream takes the session over, `lose` is called
 * under sessions.lock: it may post an event, and must return at once. It is never called after
 * sessions_leave has returned.
 */
struct session_owner {
    void (*lose)(struct session_owner *owner);
    const struct client_key *client; /* of the stream's client; NULL: it has no identity */
    const char *address;             /* of the stream's client, with the port */
};

/* An owner's claim on its session. It belongs to one thread. All zeroes: holds nothing. */
struct session_hold {
    struct session *session; /* one reference */
    struct session_owner *owner;
    uint32_t epoch; /* 1 for the first owner, +1 for each next one */
};

enum session_claim {
    SESSION_CLAIMED,
    SESSION_GONE,         /* it has left the map */
    SESSION_OLDER_ATTEMPT /* the session has had this attempt, or a higher one */
};

/* What has happened to the sessions since the start. */
struct sessions_events {
    uint64_t started;            /* of pending ones those that were confirmed */
    uint64_t evicted_unfinished; /* idle for the time-out: their clients did not come back */
    uint64_t evicted_finished;   /* idle for the time-out */
    uint64_t gave_way;           /* finished, for new ones: the limit was reached */
};

/* The sessions in the map by their state, and what has happened. */
struct sessions_counts {
    uint64_t owned; /* by a stream */
    uint64_t idle;  /* left before the end */
    uint64_t finished;
    struct sessions_events events;
};

/* What a claim found. */
struct session_before {
    bool was_owned;   /* another stream owned the session until now */
    uint32_t attempt; /* the highest attempt so far; 0: none */
    uint32_t sent;    /* messages */
};

/* NULL if memory or randomness is missing. */
struct sessions *sessions_create(const struct sessions_settings *settings);

/*
 * Frees all sessions. No hold may be left, and sessions_reap must have returned false. NULL: does
 * nothing.
 */
void sessions_destroy(struct sessions *sessions);

/*
 * Creates a session of n numbers, owned by `owner`, whose highest attempt is `attempt` (0: none). A
 * finished session of this uuid without an owner is replaced. If the limit is reached, the session
 * that was left first of all finished ones without an owner gives way. Returns ERROR_NONE and a
 * hold, or changes nothing and returns
 * ERROR_OTHER_CLIENT: the session belongs to another client, even if it is finished;
 * ERROR_UUID_TAKEN: the session has an owner, or is unfinished;
 * ERROR_TOO_MANY_CLIENT_SESSIONS: the owner's client has as many as it may have;
 * ERROR_TOO_MANY_SESSIONS: the limit is reached and no session gives way, or memory is missing.
 */
enum error sessions_start(struct sessions *sessions, const struct uuid *uuid, uint32_t n,
                          uint32_t attempt, struct session_owner *owner,
                          struct session_hold *ret_hold);

/* The session with a new reference, which the caller drops by session_unref; NULL: none, or it is
 * pending. */
struct session *sessions_find(struct sessions *sessions, const struct uuid *uuid);

/*
 * Makes `owner` the owner of a session that sessions_find returned and that belongs to it, and
 * `attempt` its highest attempt. If another stream owns the session, calls `lose` of that owner. An
 * attempt of 0 is absent: it claims in any case, and the highest attempt stays. Sets *ret_hold if
 * the result is SESSION_CLAIMED; otherwise nothing of the session has changed. Sets *ret_before
 * unless the result is SESSION_GONE.
 */
enum session_claim sessions_take(struct sessions *sessions, struct session *session,
                                 uint32_t attempt, struct session_owner *owner,
                                 struct session_hold *ret_hold, struct session_before *ret_before);

/*
 * Ends the hold and drops its reference. If no other stream took the session over, the session is
 * idle from now on. A hold of nothing: does nothing.
 */
void sessions_leave(struct sessions *sessions, struct session_hold *hold);

/*
 * Counts message `position` as sent; the caller hands it to gRPC afterwards. False: another stream
 * has taken the session over, and the message must not go out. Takes no lock.
 */
bool session_count(const struct session_hold *hold, uint32_t position);

/*
 * The client has proved, by the number, that it has received `position` messages: that number was
 * sent at least. From now on the session is exact. Takes no lock.
 */
void session_prove(const struct session_hold *hold, uint32_t position);

/* Whether no more than session_sent were sent. */
bool session_is_exact(const struct session *session);

/* Whether the owner's client is the one that started the session. */
bool session_belongs_to(const struct session *session, const struct session_owner *owner);

/* The session's count of numbers, n, and how many of its n + 1 messages were sent. */
uint32_t session_n(const struct session *session);
uint32_t session_sent(const struct session *session);
const struct uuid *session_uuid(const struct session *session);

/* Drops a reference; the last one frees the session. */
void session_unref(struct session *session);

/*
 * Waits until a session was idle for the time-out, evicts a batch of such sessions and calls
 * `evicted` for each, without the lock. Returns false after sessions_stop_reaping. For one thread.
 */
bool sessions_reap(struct sessions *sessions, void (*evicted)(const struct session *session));
void sessions_stop_reaping(struct sessions *sessions);

/* The sessions in the map: owned, idle and finished. */
uint64_t sessions_count(struct sessions *sessions);

struct sessions_counts sessions_read_counts(struct sessions *sessions);

#endif
