/*
 * How long a worker waits: for a client that has to take a message or the status, until the
 * client's own deadline, and until the drain is over. When a time has come, the dialogue ends, the
 * call is cancelled, or the connection is cut.
 *
 * Part of a worker, whose fields it uses, for worker.c and the worker's thread. Times are those of
 * the worker's clock, in nanoseconds; CLOCK_NEVER: there is nothing to wait for.
 */
#ifndef COMMS_SERVER_WORK_PATIENCE_H
#define COMMS_SERVER_WORK_PATIENCE_H

#include "server/work/inbox.h"
#include "server/work/worker.h"
#include "shared/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

static inline int64_t patience_earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Whether operations are under way that the client, or the path to it, may hold up. */
static inline bool patience_is_for_client(const struct worker *worker)
{
    return worker->receiving || worker->sending || worker->finishing || worker->closing;
}

/* When the worker has to do something, whatever happens. In line, as it is asked for every number.
 */
static inline int64_t patience_next_time(const struct worker *worker)
{
    return patience_earliest(worker->deadline,
                             patience_earliest(worker->drain_until, worker->give_up_at));
}

/* The worker has waited, and has got these events. */
static inline void patience_note_progress(struct worker *worker, unsigned events)
{
    if ((events & (INBOX_SENT | INBOX_FINISHED)) != 0 && !worker->is_cancelled) {
        worker->give_up_at = CLOCK_NEVER;
    }
}

/* From now on the client has its time to take what the worker waits for. */
void patience_begin(struct worker *worker);

/* The stream is to end soon, whatever its client does. */
void patience_hurry(struct worker *worker);

/* Cancels the call, unless that was done; the connection is cut if that has no effect. */
void patience_cancel(struct worker *worker, enum status status);

/* It is this time. Does what is due by then. */
void patience_time_came(struct worker *worker, int64_t time);

#endif
