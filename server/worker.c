#include "server/worker.h"

#include <stddef.h>

/* How long a stream that is over may take to say so: its client may not be reading. */
#define FINISH_TIMEOUT_NS (5 * NS_PER_S)

/*
 * Messages that a worker sends in its turn at full speed: enough to fill the writes of C core, few
 * enough for the others not to wait long.
 */
enum { BURST = 512 };

static void lose_session(struct session_owner *owner)
{
    char *bytes = (char *)owner;
    struct worker *worker = (struct worker *)(void *)(bytes - offsetof(struct worker, owner));
    (void)inbox_post(stream_inbox(worker->stream), INBOX_TAKEN_OVER);
}

void worker_init(struct worker *worker, struct stream *stream,
                 const struct conversation_settings *settings, struct turnstile *turnstile)
{
    *worker = (struct worker){.stream = stream,
                              .clock = settings->clock,
                              .owner = {.lose = lose_session},
                              .drain_until = CLOCK_NEVER,
                              .give_up_at = CLOCK_NEVER};
    if (settings->interval_ns == 0) {
        worker->turnstile = turnstile;
        stream_init_passer(stream, &worker->passer);
    }
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

/* Whether it may send: always, but at full speed only in its turn, or after INBOX_TURN. */
static bool has_turn(struct worker *worker)
{
    if (worker->turnstile != NULL && worker->burst_left == 0) {
        worker->awaits_turn = !turnstile_enter(worker->turnstile, &worker->passer);
        worker->burst_left = worker->awaits_turn ? 0 : BURST;
    }
    return !worker->awaits_turn;
}

/* Steps back behind those that wait, or away from among them. */
static void end_turn(struct worker *worker)
{
    if (worker->turnstile != NULL) {
        worker->burst_left = 0;
        turnstile_leave(worker->turnstile, &worker->passer);
    }
}

/* Counts a message of its turn; whether that was the last one. */
static bool ends_burst(struct worker *worker)
{
    return worker->burst_left > 0 && --worker->burst_left == 0;
}

/* Sends what is due now and may be sent; returns when the next message is due. */
static int64_t send_some(struct worker *worker)
{
    struct reply reply;
    bool more = false;
    bool is_last = false;
    int64_t due = CLOCK_NEVER;

    while (can_send(worker)) {
        if (conversation_is_running(&worker->conversation) && !has_turn(worker)) {
            return CLOCK_NEVER;
        }
        switch (conversation_next(&worker->conversation, &reply, &more, &due)) {
        case CONVERSATION_WAIT:
            return due;
        case CONVERSATION_SEND:
            is_last = ends_burst(worker);
            worker->sending = stream_send(worker->stream, &reply, more && !is_last);
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
        if (is_last) {
            is_last = false;
            end_turn(worker);
        }
    }
    return CLOCK_NEVER;
}

static int64_t send_due(struct worker *worker)
{
    worker->awaits_turn = false;
    int64_t due = send_some(worker);
    if (!worker->awaits_turn) {
        end_turn(worker);
    }
    return due;
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
    inbox_own(stream_inbox(worker->stream));
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
    end_turn(worker);
}
