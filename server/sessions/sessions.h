/*
 * The stateful sessions of the server: a hash map under one mutex, shared by the workers, and the
 * list of the idle ones that the reaper evicts from. This is the only door to sessions; it says
 * nothing of gRPC, and nothing of numbers but how many have been sent.
 *
 * A session is reference-counted: the map holds one reference, the hold of its owner another, and
 * whoever looked it up a third for a while. Sessions change under the lock, on start, take, leave
 * and eviction; what changes per number is one atomic word, the session's progress.
 *
 * sessions.lock is a leaf lock. Every function may be called from any thread.
 */
#ifndef COMMS_SERVER_SESSIONS_SESSIONS_H
#define COMMS_SERVER_SESSIONS_SESSIONS_H

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
    int64_t timeout_ns; /* from the moment a session is left until it is evicted */
    const struct clock *clock;
    struct memory *memory; /* hears of the sessions' memory; NULL: nobody does */
};

/*
 * The stream that owns a session. `lose` is called, under the sessions' lock, when another stream
 * takes the session over: it must only leave word, and come back. It is never called after
 * sessions_leave has returned.
 */
struct session_owner {
    void (*lose)(struct session_owner *owner);
};

/* What an owner has of its session. It belongs to one thread. All zeroes: holds nothing. */
struct session_hold {
    struct session *session; /* one reference */
    struct session_owner *owner;
    uint32_t epoch; /* which owner in turn this is */
};

/* NULL where memory or randomness is missing. */
struct sessions *sessions_create(const struct sessions_settings *settings);

/* Frees all sessions. No hold may be left, and sessions_reap must have returned false. */
void sessions_destroy(struct sessions *sessions);

/*
 * Creates a session of n numbers, owned by `owner`. ERROR_NONE and a hold, or ERROR_UUID_TAKEN (it
 * is live, or idle and unfinished) or ERROR_TOO_MANY_SESSIONS (the limit, or no memory) and nothing
 * changed. A finished session of that uuid that nobody owns gives way.
 */
enum error sessions_start(struct sessions *sessions, const struct uuid *uuid, uint32_t n,
                          struct session_owner *owner, struct session_hold *ret_hold);

/* The session with a new reference, which the caller drops by session_unref; NULL if none. */
struct session *sessions_find(struct sessions *sessions, const struct uuid *uuid);

/*
 * Makes `owner` the owner of a session that was found, and tells a present owner that it lost it.
 * False, and nothing changed, where the session has left the map since.
 */
bool sessions_take(struct sessions *sessions, struct session *session, struct session_owner *owner,
                   struct session_hold *ret_hold, bool *ret_was_owned);

/*
 * Ends the hold. If it still was the owner's, the session is idle from now on. A hold of nothing is
 * let alone.
 */
void sessions_leave(struct sessions *sessions, struct session_hold *hold);

/*
 * Counts message `position` as sent, before it is handed to gRPC. False: another stream has taken
 * the session over, and the message must not go out. Takes no lock.
 */
bool session_count(const struct session_hold *hold, uint32_t position);

/* How many numbers the session has; how many of its n + 1 messages were sent. */
uint32_t session_n(const struct session *session);
uint32_t session_sent(const struct session *session);
const struct uuid *session_uuid(const struct session *session);

void session_unref(struct session *session);

/*
 * Waits until sessions have been idle for the time-out, evicts a batch of them and calls `evicted`
 * for each, without the lock. Returns false once sessions_stop_reaping was called. For one thread.
 */
bool sessions_reap(struct sessions *sessions, void (*evicted)(const struct session *session));
void sessions_stop_reaping(struct sessions *sessions);

/* How many sessions there are, live, idle and finished. */
uint64_t sessions_count(struct sessions *sessions);

#endif
