/* One session, for sessions.c only: its fields, its references, its progress. */
#ifndef COMMS_SERVER_SESSIONS_SESSION_H
#define COMMS_SERVER_SESSIONS_SESSION_H

#include "server/sessions/sessions.h"

#include <stdatomic.h>
#include <stdint.h>

struct session {
    /* fixed at START */
    struct uuid uuid;
    uint32_t n;

    atomic_uint references;

    /*
     * The owner's epoch in the high 32 bits, `sent` in the low 32. The owner counts a message by
     * compare-and-swap; a take-over raises the epoch, so the old owner's next swap fails.
     */
    atomic_uint_fast64_t progress;

    /* sessions.lock */
    struct session *next;          /* in its bucket; in the reaper's batch after that */
    struct session **link;         /* what points to it in the map; NULL: it has left the map */
    struct session *idle_previous; /* in the order in which they were left */
    struct session *idle_next;
    struct session_owner *owner; /* NULL: idle */
    int64_t left_at;
};

/* A session with one reference, nothing sent, epoch 1; NULL where memory is missing. */
struct session *session_create(const struct uuid *uuid, uint32_t n);

void session_ref(struct session *session);

/* Lets the next owner in; returns its epoch. */
uint32_t session_raise_epoch(struct session *session);

#endif
