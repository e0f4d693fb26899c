#include "server/worker.h"

#include <stddef.h>

/* How long a stream that is over may take to say so: its client may not be reading. */
#define FINISH_TIMEOUT_NS (5 * NS_PER_S)

static void lose_session(struct session_owner *owner)
{
    char *bytes = (char *)owner;
    struct worker *worker = (struct worker *)(void *)(bytes - offsetof(struct worker, owner));
    (void)inbox_post(stream_inbox(worker->stream), INBOX_TAKEN_OVER);
}

void worker_init(struct worker *worker, struct stream *stream,
                 const struct conversation_settings *settings)
{
    worker->stream = stream;
    worker->clock = settings->clock;
    worker->owner.lose = lose_session;
    worker->drain_until = CLOCK_NEVER;
    worker->give_up_at = CLOCK_NEVER;
    stream_peer(stream, worker->peer);
    conversation_init(&worker->conversation, settings, &worker->owner, worker->peer);
}

void worker_drain(struct worker *worker, int64_t deadline)
{
    atomic_store(&worker->drain_deadline, deadline);
    (void)inbox_post(stream_inbox(worker->stream), INBOX_DRAINING);
}

static void receive(struct worker *worker)
{
    worker->receiving = stream_receive(worker->stream);
    if (!worker->receiving) {
        stream_cancel(worker->stream);
    }
}

static void take_request(struct worker *worker)
{
    struct request request;
    switch (stream_take_request(worker->stream, &request)) {
    case STREAM_REQUEST:
        conversation_command(&worker->conversation, &request);
        break;
    case STREAM_MALFORMED:
        conversation_fail(&worker->conversation, ERROR_MALFORMED_REQUEST,
                          "expected a grpc.Request of at most 1024 bytes");
        break;
    case STREAM_HALF_CLOSED:
        conversation_half_close(&worker->conversation);
        return;
    }
    if (!conversation_is_over(&worker->conversation)) {
        receive(worker);
    }
}

static void begin_drain(struct worker *worker)
{
    int64_t deadline = atomic_load(&worker->drain_deadline);
    bool can_finish = conversation_finishes_by(&worker->conversation, deadline);
    worker->drain_until = can_finish ? deadline : worker->clock->now(worker->clock);
}

static void handle_events(struct worker *worker, unsigned events)
{
    if (events & INBOX_SENT) {
        worker->sending = false;
    }
    if (events & INBOX_FINISHED) {
        worker->finishing = false;
    }
    if (events & INBOX_CLOSED) {
        worker->closing = false;
        conversation_leave(&worker->conversation);
    }
    if (events & INBOX_RECEIVED) {
        worker->receiving = false;
        take_request(worker);
    }
    if (events & INBOX_TAKEN_OVER) {
        conversation_fail(&worker->conversation, ERROR_TAKEN_OVER, "its client came back");
    }
    if (events & INBOX_DRAINING) {
        begin_drain(worker);
    }
}

static void handle_time(struct worker *worker)
{
    if (worker->drain_until == CLOCK_NEVER && worker->give_up_at == CLOCK_NEVER) {
        return;
    }
    int64_t now = worker->clock->now(worker->clock);
    if (now >= worker->drain_until) {
        worker->drain_until = CLOCK_NEVER;
        conversation_fail(&worker->conversation, ERROR_SHUTTING_DOWN,
                          "go on elsewhere, or here later");
    }
    if (now >= worker->give_up_at) {
        worker->give_up_at = CLOCK_NEVER;
        stream_cancel(worker->stream);
    }
}

static bool can_send(const struct worker *worker)
{
    return worker->closing && !worker->sending && !worker->finish_begun;
}

/* Sends what is due now; returns when the next message is. */
static int64_t send_due(struct worker *worker)
{
    struct reply reply;
    bool more = false;
    int64_t due = CLOCK_NEVER;

    while (can_send(worker)) {
        switch (conversation_next(&worker->conversation, &reply, &more, &due)) {
        case CONVERSATION_WAIT:
            return due;
        case CONVERSATION_SEND:
            worker->sending = stream_send(worker->stream, &reply, more);
            break;
        case CONVERSATION_END:
            worker->finish_begun = true;
            worker->finishing = stream_finish(worker->stream, &worker->conversation.outcome);
            break;
        }
        if (!worker->sending && !worker->finishing) {
            stream_cancel(worker->stream);
            conversation_leave(&worker->conversation);
            return CLOCK_NEVER;
        }
        /* Most sends are over before stream_send returns: that costs no wait. */
        handle_events(worker, inbox_take(stream_inbox(worker->stream)));
        handle_time(worker);
    }
    return CLOCK_NEVER;
}

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t next_deadline(struct worker *worker, int64_t due)
{
    if (conversation_is_over(&worker->conversation)) {
        if (worker->give_up_at == CLOCK_NEVER) {
            worker->give_up_at = clock_add(worker->clock->now(worker->clock), FINISH_TIMEOUT_NS);
        }
        return worker->give_up_at;
    }
    return earliest(due, worker->drain_until);
}

static bool has_operations(const struct worker *worker)
{
    return worker->receiving || worker->sending || worker->finishing || worker->closing;
}

void worker_run(struct worker *worker)
{
    worker->closing = stream_open(worker->stream);
    if (worker->closing) {
        receive(worker);
    }
    for (;;) {
        int64_t deadline = next_deadline(worker, send_due(worker));
        if (!has_operations(worker)) {
            break;
        }
        handle_events(worker, inbox_wait(stream_inbox(worker->stream), worker->clock, deadline));
        handle_time(worker);
    }
    conversation_leave(&worker->conversation);
}
