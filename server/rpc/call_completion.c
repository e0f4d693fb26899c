#include "server/rpc/call_completion.h"

#include "server/rpc/call_budget.h"
#include "server/rpc/call_pool.h"

#include <stdlib.h>

/*
 * What the functions read of the call is atomic only for the thread sanitizer: it does not see that
 * C core orders the accesses too.
 */
static void post(struct call *call, unsigned event)
{
    inbox_post(atomic_load_explicit(&call->inbox, memory_order_acquire), event);
}

/*
 * C core ends a call with a message above GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH by itself, and only
 * then a receive fails: for a client that resets the stream it succeeds, without a message (its
 * source: lib/surface/call.cc, ReceivingStreamReady).
 */
static void run_received(grpc_completion_queue_functor *functor, int success)
{
    post(CALL_OF(functor, received), INBOX_RECEIVED | (success == 0 ? INBOX_TOO_LARGE : 0));
}

static void run_sent(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    post(CALL_OF(functor, sent), INBOX_SENT);
}

static void run_finished(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    post(CALL_OF(functor, finished), INBOX_FINISHED);
}

static void run_closed(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    struct call *call = CALL_OF(functor, closed);
    call_see_what_was_written(call);
    call_uncount(call);
    post(call, INBOX_CLOSED | (call->cancelled != 0 ? INBOX_BROKEN : 0));
}

/* C core has shut down the queue: it does not use the call any more. */
static void run_shut_down(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    struct call *call = CALL_OF(functor, shut_down);
    (void)atomic_load_explicit(&call->inbox, memory_order_acquire); /* pairs with call.c's reset */
    struct call_pool *pool = call->pool;
    grpc_completion_queue_destroy(call->queue);
    grpc_byte_buffer_destroy(call->outgoing);
    free(call);
    call_pool_forget(pool);
}

static grpc_completion_queue *create_queue(grpc_completion_queue_functor *shut_down)
{
    grpc_completion_queue_attributes attributes = {
        .version = GRPC_CQ_CURRENT_VERSION,
        .cq_completion_type = GRPC_CQ_CALLBACK,
        .cq_polling_type = GRPC_CQ_NON_POLLING,
        .cq_shutdown_cb = shut_down,
    };
    return grpc_completion_queue_create(grpc_completion_queue_factory_lookup(&attributes),
                                        &attributes, NULL);
}

/* Lets C core run a short function in the thread that finished the operation. */
static grpc_completion_queue_functor inlineable(void (*run)(grpc_completion_queue_functor *functor,
                                                            int success))
{
    return (grpc_completion_queue_functor){.functor_run = run, .inlineable = 1};
}

void call_completion_init(struct call *call)
{
    call->received = inlineable(run_received);
    call->sent = inlineable(run_sent);
    call->finished = inlineable(run_finished);
    call->closed = inlineable(run_closed);
    call->shut_down = inlineable(run_shut_down);
    call->queue = create_queue(&call->shut_down);
}

void call_completion_reset(struct call *call)
{
    call->finished.functor_run = run_finished;
}
