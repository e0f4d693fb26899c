/*
 * One worker: it owns one stream and carries messages between that and its conversation. For
 * workers.c only.
 */
#ifndef COMMS_SERVER_WORKER_H
#define COMMS_SERVER_WORKER_H

#include "server/conversation.h"
#include "server/stream.h"
#include "server/turnstile.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct worker {
    atomic_int_fast64_t drain_deadline; /* set before INBOX_DRAINING is posted */

    /* the worker's thread */
    struct stream *stream;
    const struct clock *clock;
    char peer[PEER_SIZE];
    struct session_owner owner;
    struct conversation conversation;
    struct turnstile *turnstile; /* NULL: paced, and never in a hurry */
    struct passer passer;
    unsigned burst_left; /* messages of this turn; 0: it is not its turn */
    bool awaits_turn;

    /* operations under way */
    bool receiving;
    bool sending;
    bool finishing;
    bool closing; /* until INBOX_CLOSED */

    bool finish_begun;
    int64_t drain_until; /* when the stream ends because the server stops */
    int64_t give_up_at;  /* when a stream that is over, but cannot say so, is broken off */
};

/* Prepares the worker for a stream that came to it. At full speed it passes the turnstile. */
void worker_init(struct worker *worker, struct stream *stream,
                 const struct conversation_settings *settings, struct turnstile *turnstile);

/* Runs the stream until every operation is over. In the worker's thread. */
void worker_run(struct worker *worker);

/* Tells the worker that the server stops. From any thread, while the stream exists. */
void worker_drain(struct worker *worker, int64_t deadline);

#endif
