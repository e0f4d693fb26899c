#include "server/rpc/wakeup.h"

void wakeup_init(struct wakeup *wakeup, grpc_completion_queue *queue)
{
    wakeup->channel = grpc_lame_client_channel_create("wakeup", GRPC_STATUS_UNAVAILABLE, "");
    wakeup->call = grpc_channel_create_call(wakeup->channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                            grpc_slice_from_static_string("/"), NULL,
                                            gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
}

void wakeup_post(struct wakeup *wakeup, void *tag)
{
    (void)grpc_call_start_batch(wakeup->call, NULL, 0, tag, NULL);
}

void wakeup_cleanup(struct wakeup *wakeup)
{
    grpc_call_unref(wakeup->call);
    grpc_channel_destroy(wakeup->channel);
}
