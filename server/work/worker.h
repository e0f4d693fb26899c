/*
 * A worker owns one stream, and carries messages between the stream and the dialogue of its
 * service. It knows neither gRPC nor any service. For workers.c and tests.
 */
#ifndef COMMS_SERVER_WORK_WORKER_H
#define COMMS_SERVER_WORK_WORKER_H

#include "server/services/service.h"
#include "server/work/counters.h"
#include "server/work/slow_reader.h"
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

    bool is_cancelled;
    bool sends_no_more;  /* the status is the last that it sends; or the call is cancelled */
    int64_t drain_until; /* time on the clock to end the stream because the server stops */
    int64_t patience_ns; /* nanoseconds in which the client must take a message, or the status */
    /* Time on the clock to cancel the call, and then to cut the connection; CLOCK_NEVER: the worker
     * waits for nothing that the client has to take. */
    int64_t give_up_at;
    struct slow_reader reader; /* of padded messages: it may get more time */
    int64_t deadline; /* the client's own, a time on the clock to cancel the call; or CLOCK_NEVER */
    struct counters counters; /* read by other threads, too */

    union {
        struct dialogue dialogue;
        alignas(max_align_t) unsigned char room[SERVICE_DIALOGUE_MAX];
    };
    struct service_host host;

    /* the worker's thread: what a stream needs once, or a paced number */
    int64_t began_at;                           /* time on the clock */
    bool has_outcome;                           /* the stream has ended with the host's outcome */
    bool is_broken;                             /* its client may not have got that */
    enum service_places places;                 /* of the stream, for when it has been released */
    struct dialogue_counters dialogue_counters; /* read by other threads, too */

    atomic_int_fast64_t drain_deadline; /* set before INBOX_DRAINING is posted */

    /* workers.lock: list of the workers that serve a stream */
    struct worker *previous;
    struct worker *next;
};

/*
 * Prepares the worker for a stream, and begins the dialogue. Sets the inbox of the stream's turn.
 * The stream, the inbox and the clock must outlive the worker. A client that takes nothing for
 * `send_timeout_ns` nanoseconds is given up.
 */
void worker_init(struct worker *worker, struct stream *stream, struct inbox *inbox,
                 const struct clock *clock, int64_t send_timeout_ns);

/*
 * Runs the stream until every operation is over. In the worker's thread.
 *
 * The end does not wait for the client longer than the send time-out, and half a second if another
 * stream has taken the session over, or the server stops. Then the call is cancelled. Where even
 * that has no effect within half a second, because C core cannot write, the connection is cut. At
 * its client's own deadline the call is cancelled, too.
 */
void worker_run(struct worker *worker);

/*
 * Releases the stream. In the worker's thread, when no thread can call worker_drain any more.
 * Returns the inbox of a thread that sleeps, whose stream the caller must serve in its place
 * (turn_pass_on); NULL: none.
 */
struct inbox *worker_finish(struct worker *worker);

/*
 * Tells the worker that the server stops. The stream may go on until `deadline`, a time on the
 * clock, if it can finish by then; it ends at once if not. From any thread, before worker_finish.
 */
void worker_drain(struct worker *worker, int64_t deadline);

#endif
