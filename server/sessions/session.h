/* One session: its fields, its references, its progress. For sessions.c and tests. */
#ifndef COMMS_SERVER_SESSIONS_SESSION_H
#define COMMS_SERVER_SESSIONS_SESSION_H

#include "server/sessions/sessions.h"
#include "server/sessions/sessions_durable.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct session {
    /* fixed at START */
    struct uuid uuid;
    struct client_key client; /* of its first owner: other clients must not have the session */
    uint32_t n;

    atomic_uint references;

    /*
     * The owner's epoch in the high 32 bits, the messages sent in the low 32 bits. The owner counts
     * a message by compare-and-swap. A take-over raises the epoch, so the old owner's next swap
     * fails: fencing.
     */
    atomic_uint_fast64_t progress;

    /* sessions.lock */
    struct session *next;  /* in its bucket; in the reaper's batch once it has left the map */
    struct session **link; /* the pointer to it in the map; NULL: it has left the map */
    struct session *list_previous; /* in its list: idle, or owned; valid unless pending */
    union {
        struct session *list_next;
        struct session *replaced; /* while pending: what it replaced or made give way; or NULL */
    };
    struct session_owner *owner;  /* NULL: idle */
    int64_t since;                /* it is idle, or its owner has it: time on the clock, ns */
    struct client_count *counted; /* of its client, client_counts.h; NULL: it does not count */
    uint64_t generation;          /* tells it from earlier sessions of the same uuid */
    uint32_t attempt;             /* the highest of its START and its CONTINUEs; 0: none had one */
    bool is_pending;              /* the store has not confirmed it: nobody finds it */
    bool is_starting;             /* pending since its START, which is not counted yet */

    /* A server that has died sent of it, perhaps more than `progress` says. Needs no lock. */
    atomic_bool is_inexact;

    atomic_bool is_noted; /* session_note */

    /* This server does not own it any more, and no other stream has taken it. Needs no lock. */
    atomic_bool is_abandoned;
};

/*
 * A session with one reference, nothing sent, epoch 1, no attempt, of no client; NULL if memory is
 * missing.
 */
struct session *session_create(const struct uuid *uuid, uint32_t n);

/* Fills the record, except the attempt, which sessions.lock guards. */
void session_describe(const struct session *session, struct session_record *ret_record);

/* Whether all its messages were sent. */
bool session_is_finished(const struct session *session);

/* Adds a reference. From any thread that holds one, or the lock while the session is in the map. */
void session_ref(struct session *session);

/* Sets what was sent, before the session is in the map. */
void session_set_sent(struct session *session, uint32_t sent);

/* Starts the next owner's epoch and returns it; the old owner can count no more. */
uint32_t session_raise_epoch(struct session *session);

#endif
