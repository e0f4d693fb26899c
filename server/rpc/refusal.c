#include "server/rpc/refusal.h"

#include "shared/base/log.h"

/* The steps of a refusal. They may come in any order and from any thread; the last one releases the
 * call. */
enum refusal_step {
    REFUSAL_BEGUN = 1 << 0,    /* `refuse` has tried to start both operations */
    REFUSAL_FINISHED = 1 << 1, /* the status was sent, or cannot be */
    REFUSAL_CLOSED = 1 << 2,   /* the call is over */
    REFUSAL_OVER = REFUSAL_BEGUN | REFUSAL_FINISHED | REFUSAL_CLOSED
};

static void take_step(struct call *call, unsigned step)
{
    unsigned before = atomic_fetch_or_explicit(&call->refused, step, memory_order_acq_rel);
    if ((before | step) == REFUSAL_OVER) {
        call_release(call);
    }
}

static void run_finished(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    take_step(CALL_OF(functor, finished), REFUSAL_FINISHED);
}

static void run_closed(grpc_completion_queue_functor *functor, int success)
{
    (void)success;
    take_step(CALL_OF(functor, closed), REFUSAL_CLOSED);
}

void refuse(struct call *call, const struct failure *outcome)
{
    log_event(LOG_LEVEL_NOTICE, "stream refused", log_address("peer", call->stream.peer),
              log_text("reason", outcome->text));
    call->finished.functor_run = run_finished;
    call->closed.functor_run = run_closed;
    if (!call_watch_close(call)) {
        take_step(call, REFUSAL_CLOSED);
    }
    if (!call->stream.operations->finish(&call->stream, outcome)) {
        take_step(call, REFUSAL_FINISHED);
    }
    take_step(call, REFUSAL_BEGUN);
}
