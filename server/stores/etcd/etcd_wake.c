#include "server/stores/etcd/etcd_wake.h"

static void complete(struct etcd_tag *tag, bool success)
{
    struct etcd_wake *wake = (struct etcd_wake *)(void *)tag;
    (void)success;
    atomic_store(&wake->is_waking, false);
}

void etcd_wake_init(struct etcd_wake *wake, grpc_completion_queue *queue)
{
    wake->tag.complete = complete;
    atomic_init(&wake->is_waking, false);
    wake->channel =
        grpc_lame_client_channel_create("etcd", GRPC_STATUS_UNAVAILABLE, "only for waking");
    wake->call = grpc_channel_create_call(wake->channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                          grpc_slice_from_static_string("/wake"), NULL,
                                          gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
}

void etcd_wake_cleanup(struct etcd_wake *wake)
{
    grpc_call_unref(wake->call);
    grpc_channel_destroy(wake->channel);
}

/* A batch without operations only posts its tag: C core has no other way to wake a queue. */
void etcd_wake_up(struct etcd_wake *wake)
{
    if (!atomic_exchange(&wake->is_waking, true)) {
        (void)grpc_call_start_batch(wake->call, NULL, 0, &wake->tag, NULL);
    }
}
