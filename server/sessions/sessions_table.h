/* The inside of the sessions, for sessions.c, sessions_durable.c and sessions_shared.c. */
#ifndef COMMS_SERVER_SESSIONS_SESSIONS_TABLE_H
#define COMMS_SERVER_SESSIONS_SESSIONS_TABLE_H

#include "server/sessions/client_counts.h"
#include "server/sessions/idle_sessions.h"
#include "server/sessions/session.h"
#include "server/sessions/session_map.h"
#include "server/sessions/sessions.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* Bytes of a session on the heap, with glibc's word before it, as it rounds them up. */
    SESSION_MEMORY = (sizeof(struct session) + sizeof(size_t) + 15) / 16 * 16
};

struct sessions {
    struct sessions_settings settings;
    struct session_listener *listener; /* NULL: none */

    pthread_mutex_t lock;

    /* lock */
    struct session_map map;
    struct idle_sessions idle;
    struct session_list owned; /* in the order in which their owners got them; none is pending */
    struct client_counts clients;
    uint64_t generation; /* of the newest session; no restored one has a higher one */
    struct sessions_events events;
    bool stopping;
    pthread_cond_t idle_changed; /* signalled for the first idle session, and for `stopping` */
};

/* Counts a START that has succeeded, and the session that gave way to it; `removed` NULL: none was
 * removed. */
void sessions_count_start_locked(struct sessions *sessions, const struct session *session,
                                 const struct session *removed);

/* Drops a session that was taken out of the map for a new one with the uuid `by`, and tells of it.
 * Without the lock. */
void sessions_drop_removed(const struct sessions *sessions, struct session *removed,
                           const struct uuid *by);

/* Adds a session that was left just now to the idle ones. */
void sessions_add_idle_locked(struct sessions *sessions, struct session *session);

/* Adds a session that its owner has from now on to the owned ones, or takes it out. A pending
 * session is not among them. */
void sessions_add_owned_locked(struct sessions *sessions, struct session *session);
void sessions_remove_owned_locked(struct sessions *sessions, struct session *session);

/* As sessions_take. A session that is pending is gone, too. */
enum session_claim sessions_take_locked(struct sessions *sessions, struct session *session,
                                        uint32_t attempt, struct session_owner *owner,
                                        struct session_hold *ret_hold,
                                        struct session_before *ret_before);

#endif
