/*
 * Who may send at full speed: one worker a connection, and as many in all as there are processors.
 *
 * C core does a connection's work one thing after the other: two workers that send at full speed on
 * one connection spend most of their time on waking each other, ten times as much as one alone. So
 * each passes for a burst, steps back, and is served again in the order of arrival: a fair share,
 * however many they are. Waiting is done in the worker's inbox, where everything else reaches it
 * too.
 *
 * Lock order: turnstile.lock comes before inbox.lock, and no other lock is taken inside it.
 */
#ifndef COMMS_SERVER_TURNSTILE_H
#define COMMS_SERVER_TURNSTILE_H

#include "server/inbox.h"

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
    enum passer_state state; /* turnstile.lock */
    struct passer *next;     /* turnstile.lock */
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
 * Asks to pass, or asks again. True: it may, until turnstile_leave. False: INBOX_TURN is posted
 * when to ask again.
 */
bool turnstile_enter(struct turnstile *turnstile, struct passer *passer);

/* Steps back: from inside, or out of the queue. Nothing happens where it is outside already. */
void turnstile_leave(struct turnstile *turnstile, struct passer *passer);

#endif
