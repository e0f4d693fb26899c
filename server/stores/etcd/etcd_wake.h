/* Wakes a thread that waits for a completion queue. */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_WAKE_H
#define COMMS_SERVER_STORES_ETCD_ETCD_WAKE_H

#include "server/stores/etcd/etcd_channel.h"

#include <grpc/grpc.h>

#include <stdatomic.h>

struct etcd_wake {
    struct etcd_tag tag;   /* first: a pointer to one is a pointer to the other */
    atomic_bool is_waking; /* the tag is under way */
    grpc_channel *channel; /* leads nowhere */
    grpc_call *call;       /* is never made */
};

void etcd_wake_init(struct etcd_wake *wake, grpc_completion_queue *queue);

/* After the queue has ended. */
void etcd_wake_cleanup(struct etcd_wake *wake);

/* Has the queue hand the tag out, once for all calls of this until then. From any thread. */
void etcd_wake_up(struct etcd_wake *wake);

#endif
