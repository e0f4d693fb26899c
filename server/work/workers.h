/*
 * The worker threads, one a stream: how many there may be, starting one, or giving a stream to one
 * whose own is over, telling all of them that the server stops.
 *
 * Lock order: workers.lock is taken after no other lock.
 */
#ifndef COMMS_SERVER_WORK_WORKERS_H
#define COMMS_SERVER_WORK_WORKERS_H

#include "server/rpc/stream.h"
#include "server/services/comms/conversation.h"
#include "shared/protocol/error.h"

#include <stdint.h>

struct workers;

struct workers_settings {
    struct conversation_settings conversation;
    uint64_t max_streams;
    /* Called, from any thread and with no lock held, when the last worker leaves while draining. */
    void (*drained)(void);
};

/* NULL where memory is missing. */
struct workers *workers_create(const struct workers_settings *settings);

/* Waits for the last thread, and frees everything. No stream may live: workers_live is 0. */
void workers_destroy(struct workers *workers);

/*
 * Hands a stream to a worker thread, which releases it. ERROR_NONE, or an error with
 * *ret_failure filled; the stream is then still the caller's. For the acceptor.
 */
enum error workers_hand_over(struct workers *workers, struct stream *stream,
                             struct failure *ret_failure);

/*
 * From now on no stream is taken. Those that can finish by themselves until the deadline go on;
 * the others end at once with ERROR_SHUTTING_DOWN, and these at the deadline. Called again, it
 * brings the deadline forward. For the main thread.
 */
void workers_drain(struct workers *workers, int64_t deadline);

uint64_t workers_live(struct workers *workers);

#endif
