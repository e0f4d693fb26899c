/*
 * Sessions in the order in which they were added: the oldest one is first. A session is in one list
 * at most. Every function costs O(1). The caller holds sessions.lock.
 */
#ifndef COMMS_SERVER_SESSIONS_SESSION_LIST_H
#define COMMS_SERVER_SESSIONS_SESSION_LIST_H

#include "server/sessions/session.h"

/* Owns no session. All zeroes: empty. */
struct session_list {
    struct session *first;
    struct session *last;
    uint64_t count;
};

/* Adds a session that is in no list, as the last one. */
void session_list_add(struct session_list *list, struct session *session);

/* Takes a session out of its list, which is this one. */
void session_list_remove(struct session_list *list, struct session *session);

#endif
