/* The inside of the sessions, for sessions.c and sessions_durable.c. */
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
    struct client_counts clients;
    uint64_t generation; /* of the newest session; no restored one has a higher one */
    struct sessions_events events;
    bool stopping;
    pthread_cond_t idle_changed; /* signalled for the first idle session, and for `stopping` */
};

/* Adds a session that was left just now to the idle ones. */
void sessions_add_idle_locked(struct sessions *sessions, struct session *session);

#endif
