/*
 * The sessions that no stream owns, in the order in which they were left. All have the same
 * time-out, so the one that was left first expires first. Finished sessions have a list of their
 * own, because they give way when the map is full. Every function costs O(1).
 *
 * A session is in one of the lists from idle_sessions_add to idle_sessions_remove; meanwhile
 * nothing is sent of it, so it stays in the same list. The caller holds sessions.lock.
 *
 * A list is that of session_list.h.
 */
#ifndef COMMS_SERVER_SESSIONS_IDLE_SESSIONS_H
#define COMMS_SERVER_SESSIONS_IDLE_SESSIONS_H

#include "server/sessions/session_list.h"

/* All zeroes: empty. */
struct idle_sessions {
    struct session_list unfinished;
    struct session_list finished;
};

/* Adds a session that was left at session->since, not before any other. */
void idle_sessions_add(struct idle_sessions *idle, struct session *session);

void idle_sessions_remove(struct idle_sessions *idle, struct session *session);

/* The session that was left first; NULL: there is none. */
struct session *idle_sessions_first(const struct idle_sessions *idle);

/* The finished session that was left first; NULL: there is none. */
struct session *idle_sessions_first_finished(const struct idle_sessions *idle);

#endif
