/*
 * The workers, one for each stream: admission, the hand-over of a stream, the sum of the counters,
 * and drain.
 *
 * workers.lock is taken while no other lock is held. Inside it only inboxes are posted to, which
 * have no lock.
 */
#ifndef COMMS_SERVER_WORK_WORKERS_H
#define COMMS_SERVER_WORK_WORKERS_H

#include "server/work/counters.h"
#include "server/work/stream.h"
#include "shared/base/clock.h"
#include "shared/base/memory.h"
#include "shared/protocol/error.h"

#include <stdint.h>

struct workers;

struct workers_settings {
    const struct clock *clock;
    uint64_t max_streams;    /* --max-streams: the places of each kind follow (places.h) */
    int64_t send_timeout_ns; /* for a client to take a message, nanoseconds */
    struct memory *memory;   /* counts the threads' bytes; NULL: not counted */
    /* Called without a lock, from any thread, when the last worker leaves during a drain. */
    void (*drained)(void);
};

/* NULL if memory is missing. */
struct workers *workers_create(const struct workers_settings *settings);

/*
 * Waits for the last thread, and frees everything. All streams must have been released. NULL: does
 * nothing.
 */
void workers_destroy(struct workers *workers);

/*
 * Hands a stream to a worker, which will release it. Returns ERROR_NONE, or an error with
 * *ret_failure filled; the caller then still owns the stream. For the acceptor's thread.
 */
enum error workers_hand_over(struct workers *workers, struct stream *stream,
                             struct failure *ret_failure);

/*
 * Admits no stream from now on. A stream that cannot finish by `deadline`, a time on the clock,
 * ends at once with ERROR_SHUTTING_DOWN; every other stream goes on, until the deadline at most.
 * Another call sets an earlier deadline. For the main thread.
 */
void workers_drain(struct workers *workers, int64_t deadline);

/* The streams that were handed over, and whose threads are not free yet. From any thread. */
uint64_t workers_live(struct workers *workers);

/* As workers_live: those that take places of this kind. From any thread. */
uint64_t workers_live_in(struct workers *workers, enum service_places places);

/* The sums over all workers since the start. From any thread. */
struct counts workers_count(struct workers *workers);

#endif
