/*
 * Wakes the thread that waits at a completion queue. C core has no function for that. But a batch
 * without operations completes at once, from any thread; so the wake-up owns a call that never
 * reaches a network, and starts such a batch on it.
 */
#ifndef COMMS_SERVER_RPC_WAKEUP_H
#define COMMS_SERVER_RPC_WAKEUP_H

#include <grpc/grpc.h>

struct wakeup {
    grpc_channel *channel; /* without a connection */
    grpc_call *call;
};

/* `queue` is of the type GRPC_CQ_NEXT, and must outlive the wake-up. */
void wakeup_init(struct wakeup *wakeup, grpc_completion_queue *queue);

/* Has the queue return this tag. From any thread, before the queue is shut down. */
void wakeup_post(struct wakeup *wakeup, void *tag);

void wakeup_cleanup(struct wakeup *wakeup);

#endif
