/*
 * The thread that runs a subscription: takes its tags out of the queue, minds its time. Other
 * threads can wake it.
 */
#ifndef COMMS_CLIENT_LOOP_H
#define COMMS_CLIENT_LOOP_H

#include "client/subscription.h"

#include <grpc/grpc.h>

#include <stdatomic.h>
#include <stdbool.h>

struct loop {
    grpc_completion_queue *queue;
    atomic_bool stop_requested;

    /*
     * A call to nowhere: a batch without operations posts its tag at once, from any thread. C core
     * has no other way to post one's own tag to a queue that polls.
     */
    grpc_channel *nowhere;
    grpc_call *waker;
};

void loop_init(struct loop *loop);
void loop_cleanup(struct loop *loop);

/*
 * Runs a subscription of this loop's queue until it is done. `idle` is called before each wait;
 * when it returns false the subscription is stopped.
 */
void loop_run(struct loop *loop, struct subscription *subscription, bool (*idle)(void));

/* Has the subscription stopped. From any thread, while the loop exists. */
void loop_request_stop(struct loop *loop);

#endif
