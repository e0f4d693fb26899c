/*
 * Who may use C core at full speed: one worker a connection, and as many in all as there are
 * processors.
 *
 * C core does a connection's work one thing after the other: two workers that send at full speed on
 * one connection spend most of their time on waking each other, ten times as much as one alone. So
 * each passes for a burst, steps back, and is served again in the order of arrival: a fair share,
 * however many they are. Waiting is done in the worker's inbox, where everything else reaches it
 * too.
 *
 * The first turn of each does not wait for a processor: a short session is over in it, and would
 * wait longer than it takes.
 *
 * turnstile.lock is taken after no other lock, and no other one is taken inside it.
 */
#ifndef COMMS_SERVER_WORK_TURNSTILE_H
#define COMMS_SERVER_WORK_TURNSTILE_H

#include "server/work/inbox.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Connections that fall on the same gate take turns as one; descriptors are small numbers. */
enum { TURNSTILE_GATES = 1024 };

enum passer_state {
    PASSER_OUTSIDE,
    PASSER_AT_GATE, /* another one of its connection is ahead */
    PASSER_READY,   /* the next of its connection, when a processor is free */
    PASSER_INSIDE
};

/* A worker, as the turnstile sees it; embedded. */
struct passer {
    struct inbox *inbox;
    size_t gate;

    /* turnstile.lock */
    enum passer_state state;
    bool was_inside; /* before this time */
    bool has_room;   /* inside, with one of turnstile.room */
    struct passer *next;
};

struct passer_queue {
    struct passer *first;
    struct passer *last;
};

struct turnstile {
    pthread_mutex_t lock;

    /* lock */
    unsigned room; /* who may pass still */
    struct passer_queue ready;
    struct {
        struct passer *holder; /* ready or inside */
        struct passer_queue waiting;
    } gates[TURNSTILE_GATES];
};

/* 0, or an error number. */
int turnstile_init(struct turnstile *turnstile, unsigned processors);
void turnstile_cleanup(struct turnstile *turnstile);

/* Prepares a passer of the connection that C core gives this name. */
void passer_init(struct passer *passer, struct inbox *inbox, const char *connection);

/*
 * Asks to pass. True: it may, until turnstile_leave. False: INBOX_TURN is posted when it may. For
 * one who is outside; the worker's thread, or whoever gives the worker its stream.
 */
bool turnstile_enter(struct turnstile *turnstile, struct passer *passer);

/* For one who is inside: whether somebody waits for it to step back. */
bool turnstile_is_awaited(struct turnstile *turnstile, const struct passer *passer);

/*
 * Steps back: from inside, or out of the queue. Nothing happens where it is outside already. When
 * it has returned, no INBOX_TURN comes any more; one may have come.
 */
void turnstile_leave(struct turnstile *turnstile, struct passer *passer);

#endif
