#include "client/loop.h"

#include <stddef.h>

void loop_init(struct loop *loop)
{
    atomic_init(&loop->stop_requested, false);
    loop->queue = grpc_completion_queue_create_for_next(NULL);
    loop->nowhere = grpc_lame_client_channel_create("nowhere", GRPC_STATUS_UNAVAILABLE, "nowhere");
    loop->waker = grpc_channel_create_call(loop->nowhere, NULL, 0, loop->queue,
                                           grpc_slice_from_static_string("/"), NULL,
                                           gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
}

void loop_cleanup(struct loop *loop)
{
    grpc_call_unref(loop->waker);
    grpc_channel_destroy(loop->nowhere);
    grpc_completion_queue_shutdown(loop->queue);
    while (
        grpc_completion_queue_next(loop->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
        GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(loop->queue);
}

void loop_request_stop(struct loop *loop)
{
    atomic_store(&loop->stop_requested, true);
    (void)grpc_call_start_batch(loop->waker, NULL, 0, loop, NULL);
}

static gpr_timespec timespec_until(const struct subscription *subscription)
{
    int64_t deadline = subscription_deadline(subscription);
    if (deadline == CLOCK_NEVER) {
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    }
    const struct clock *clock = subscription->settings->clock;
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                        gpr_time_from_nanos(deadline - clock->now(clock), GPR_TIMESPAN));
}

/* The next event; where none is there yet, time for what can wait, and then the wait. */
static grpc_event next_event(struct loop *loop, struct subscription *subscription,
                             bool (*idle)(void))
{
    grpc_event event =
        grpc_completion_queue_next(loop->queue, gpr_time_0(GPR_CLOCK_MONOTONIC), NULL);
    if (event.type != GRPC_QUEUE_TIMEOUT) {
        return event;
    }
    if (!idle()) {
        subscription_stop(subscription);
    }
    if (subscription_is_done(subscription)) {
        return event;
    }
    return grpc_completion_queue_next(loop->queue, timespec_until(subscription), NULL);
}

void loop_run(struct loop *loop, struct subscription *subscription, bool (*idle)(void))
{
    while (!subscription_is_done(subscription)) {
        grpc_event event = next_event(loop, subscription, idle);
        if (event.type == GRPC_OP_COMPLETE && event.tag != loop) {
            subscription_handle(&event);
        }
        if (atomic_load(&loop->stop_requested)) {
            subscription_stop(subscription);
        }
        subscription_tick(subscription);
    }
}
