/*
 * The sessions that have been the longest in their state, for people who look at the server. From
 * any thread; takes sessions.lock, a leaf lock, for as long as it takes to copy these few.
 */
#ifndef COMMS_SERVER_SESSIONS_OLDEST_SESSIONS_H
#define COMMS_SERVER_SESSIONS_OLDEST_SESSIONS_H

#include "server/sessions/sessions.h"
#include "shared/base/address.h"

#include <stddef.h>
#include <stdint.h>

enum session_state {
    SESSION_OWNED,    /* a stream has it */
    SESSION_IDLE,     /* its stream was lost before the end */
    SESSION_FINISHED, /* all was sent, and no stream has it */
    SESSION_STATES
};

enum { OLDEST_SESSIONS_MAX = 8 }; /* of each state */

/* A session as it was when it was looked at. */
struct session_view {
    struct uuid uuid;
    uint32_t n;
    uint32_t sent;                   /* messages, of n + 1 */
    int64_t age_ns;                  /* in its state, or with the stream that has it */
    char address[ADDRESS_TEXT_SIZE]; /* of the client whose stream has it; else empty */
};

struct oldest_sessions {
    int64_t timeout_ns; /* of sessions that no stream has */
    struct {
        size_t count;
        struct session_view items[OLDEST_SESSIONS_MAX]; /* the oldest first */
    } states[SESSION_STATES];
};

/* A session whose START the store has not written yet is not among them. */
void oldest_sessions_read(struct sessions *sessions, struct oldest_sessions *ret_oldest);

#endif
