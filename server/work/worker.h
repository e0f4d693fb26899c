/*
 * A worker owns one stream, and carries messages between the stream and the dialogue of its
 * service. It knows neither gRPC nor any service. For workers.c and tests.
 */
#ifndef COMMS_SERVER_WORK_WORKER_H
#define COMMS_SERVER_WORK_WORKER_H

#include "server/services/service.h"
#include "server/work/counters.h"
#include "server/work/stream.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct worker {
    /* the worker's thread: what a number needs, side by side */
    struct stream *stream;
    const struct service_operations *service; /* of the stream's service */
    struct inbox *inbox;
    const struct clock *clock;

    /* operations of the stream under way */
    bool receiving;
    bool sending;
    bool finishing;
    bool closing; /* the call is not over: INBOX_CLOSED will come */

    bool finish_begun;
    int64_t drain_until;      /* time on the clock to end the stream because the server stops */
    int64_t give_up_at;       /* time on the clock to cancel a call whose end takes too long */
    struct counters counters; /* read by other threads, too */

    union {
        struct dialogue dialogue;
        alignas(max_align_t) unsigned char room[SERVICE_DIALOGUE_MAX];
    };
    struct service_host host;

    atomic_int_fast64_t drain_deadline; /* set before INBOX_DRAINING is posted */

    /* workers.lock: list of the workers that serve a stream */
    struct worker *previous;
    struct worker *next;
};

/*
 * Prepares the worker for a stream, and begins the dialogue. Sets the inbox of the stream's turn.
 * All three must outlive the worker.
 */
void worker_init(struct worker *worker, struct stream *stream, struct inbox *inbox,
                 const struct clock *clock);

/* Runs the stream until every operation is over. In the worker's thread. */
void worker_run(struct worker *worker);

/* Releases the stream. In the worker's thread, when no thread can call worker_drain any more. */
void worker_finish(struct worker *worker);

/*
 * Tells the worker that the server stops. The stream may go on until `deadline`, a time on the
 * clock, if it can finish by then; it ends at once if not. From any thread, before worker_finish.
 */
void worker_drain(struct worker *worker, int64_t deadline);

#endif
