/*
 * The workers, one a stream: how many there may be, handing a stream to one, telling all of them
 * that the server stops.
 *
 * Lock order: workers.lock is taken after no other lock; an inbox is posted to inside it.
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
    uint64_t max_streams;
    struct memory *memory; /* hears of the threads' memory; NULL: nobody does */
    /* Called, from any thread and with no lock held, when the last worker leaves while draining. */
    void (*drained)(void);
};

/* How long after a shortage of threads the limit that was set is tried again, in nanoseconds. */
#define WORKERS_RETRY_NS (30 * NS_PER_S)

/* NULL where memory is missing. */
struct workers *workers_create(const struct workers_settings *settings);

/* Waits for the last thread, and frees everything. No stream may live: workers_live is 0. */
void workers_destroy(struct workers *workers);

/*
 * Hands a stream to a worker, which releases it. ERROR_NONE, or an error with *ret_failure filled;
 * the stream is then still the caller's. For the acceptor's thread.
 */
enum error workers_hand_over(struct workers *workers, struct stream *stream,
                             struct failure *ret_failure);

/*
 * From now on no stream is taken. Those that can finish by themselves until the deadline go on;
 * the others end at once with ERROR_SHUTTING_DOWN, and these at the deadline. Called again, it
 * brings the deadline forward. For the main thread.
 */
void workers_drain(struct workers *workers, int64_t deadline);

/* How many streams were handed over and are not over. From any thread. */
uint64_t workers_live(struct workers *workers);

/* What all workers have counted up to now. From any thread. */
struct counts workers_count(struct workers *workers);

#endif
