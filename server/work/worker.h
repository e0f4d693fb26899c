/*
 * One worker: it owns one stream and carries messages between that and its conversation. For
 * workers.c only.
 */
#ifndef COMMS_SERVER_WORK_WORKER_H
#define COMMS_SERVER_WORK_WORKER_H

#include "server/rpc/stream.h"
#include "server/services/comms/conversation.h"
#include "server/work/turnstile.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct worker {
    atomic_int_fast64_t drain_deadline; /* set before INBOX_DRAINING is posted */

    /* the worker's thread */
    struct stream *stream;
    struct inbox *inbox;
    const struct clock *clock;
    char peer[PEER_SIZE];
    struct session_owner owner;
    struct conversation conversation;
    struct turnstile *turnstile; /* NULL: paced, and never in a hurry */
    struct passer *passer;
    unsigned burst_left; /* messages of this turn; 0: it is not its turn */
    bool awaits_turn;
    int64_t first_turn_until;

    /* operations under way */
    bool receiving;
    bool sending;
    bool finishing;
    bool closing; /* until INBOX_CLOSED */

    bool finish_begun;
    int64_t drain_until; /* when the stream ends because the server stops */
    int64_t give_up_at;  /* when a stream that is over, but cannot say so, is broken off */
};

/* Who a worker is to others; they outlive it. */
struct worker_place {
    struct inbox *inbox; /* the thread's */
    struct turnstile *turnstile;
    struct passer *passer; /* of the stream's connection; at full speed it passes the turnstile */
    bool has_turn;         /* it did already, for its first turn */
};

/* Prepares the worker for a stream. */
void worker_init(struct worker *worker, struct stream *stream,
                 const struct conversation_settings *settings, const struct worker_place *place);

/* Runs the stream until every operation is over. In the worker's thread. */
void worker_run(struct worker *worker);

/* Releases the stream. In the worker's thread, when no other one can call worker_drain any more. */
void worker_finish(struct worker *worker);

/* Tells the worker that the server stops. From any thread, while the stream exists. */
void worker_drain(struct worker *worker, int64_t deadline);

#endif
