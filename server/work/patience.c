#include "server/work/patience.h"

/* How long a client may need to take its last message, and then the status, after a take-over or
 * when the server stops. */
#define LAST_WORDS_NS (NS_PER_S / 2)

/* How long a cancelled call may take to end. It takes longer only if C core cannot write. */
#define CANCEL_NS (NS_PER_S / 2)

static int64_t after(const struct worker *worker, int64_t duration)
{
    return clock_add(worker->clock->now(worker->clock), duration);
}

static void leave(struct worker *worker, enum service_end why)
{
    worker->service->leave(&worker->dialogue, why);
}

void patience_begin(struct worker *worker)
{
    worker->give_up_at = after(worker, worker->patience_ns);
    slow_reader_begin(&worker->reader, worker->stream);
}

void patience_hurry(struct worker *worker)
{
    worker->reader = (struct slow_reader){.padding = 0}; /* it gets no more time */
    worker->patience_ns = patience_earliest(worker->patience_ns, LAST_WORDS_NS);
    if (worker->give_up_at != CLOCK_NEVER && !worker->is_cancelled) {
        worker->give_up_at = patience_earliest(worker->give_up_at, after(worker, LAST_WORDS_NS));
    }
}

void patience_cancel(struct worker *worker, enum status status)
{
    if (!worker->is_cancelled) {
        worker->is_cancelled = true;
        worker->sends_no_more = true;
        worker->give_up_at = after(worker, CANCEL_NS);
        worker->stream->operations->cancel(worker->stream, status);
    }
}

static void give_up(struct worker *worker)
{
    if (!worker->is_cancelled && slow_reader_goes_on(&worker->reader, worker->stream)) {
        worker->give_up_at = after(worker, worker->patience_ns);
    } else if (worker->is_cancelled) {
        worker->give_up_at = CLOCK_NEVER;
        worker->stream->operations->cut(worker->stream);
    } else {
        leave(worker, SERVICE_UNREAD);
        patience_cancel(worker, STATUS_CANCELLED);
    }
}

void patience_time_came(struct worker *worker, int64_t time)
{
    if (time >= worker->deadline) {
        worker->deadline = CLOCK_NEVER;
        leave(worker, SERVICE_BROKEN);
        patience_cancel(worker, STATUS_DEADLINE_EXCEEDED);
    }
    if (time >= worker->drain_until) {
        worker->drain_until = CLOCK_NEVER;
        worker->service->shut_down(&worker->dialogue);
        patience_hurry(worker);
    }
    if (time >= worker->give_up_at && patience_is_for_client(worker)) {
        give_up(worker);
    } else if (time >= worker->give_up_at) {
        worker->give_up_at = CLOCK_NEVER; /* what is left is the store's answer */
    }
}
