/*
 * One worker: it owns one stream and carries messages between the stream and a dialogue of the
 * stream's service. It knows neither gRPC nor any service. For workers.c and tests.
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
    atomic_int_fast64_t drain_deadline; /* set before INBOX_DRAINING is posted */
    struct counters counters;

    /* workers.lock: the list of workers that have a stream */
    struct worker *previous;
    struct worker *next;

    /* the worker's thread */
    struct stream *stream;
    struct inbox *inbox;
    const struct clock *clock;
    struct service_host host;

    /* operations under way */
    bool receiving;
    bool sending;
    bool finishing;
    bool closing; /* until INBOX_CLOSED */

    bool finish_begun;
    int64_t drain_until; /* when the stream ends because the server stops */
    int64_t give_up_at;  /* when a stream that is over, but cannot say so, is broken off */

    union {
        struct dialogue dialogue;
        alignas(max_align_t) unsigned char room[SERVICE_DIALOGUE_MAX];
    };
};

/*
 * Prepares the worker for a stream, whose turn was prepared with the same inbox. All three must
 * outlive the worker.
 */
void worker_init(struct worker *worker, struct stream *stream, struct inbox *inbox,
                 const struct clock *clock);

/* Runs the stream until every operation is over. In the worker's thread. */
void worker_run(struct worker *worker);

/* Releases the stream. In the worker's thread, when no other one can call worker_drain any more. */
void worker_finish(struct worker *worker);

/* Tells the worker that the server stops. From any thread, until worker_finish. */
void worker_drain(struct worker *worker, int64_t deadline);

#endif
