#include "server/work/worker.h"

#include <stddef.h>

/* How long a stream that is over may take to say so: its client may not be reading. */
#define FINISH_TIMEOUT_NS (5 * NS_PER_S)

/*
 * Messages that a worker sends in its turn at full speed: enough to fill the writes of C core, few
 * enough for the others not to wait long.
 */
enum { BURST = 512 };

/*
 * How long a worker may keep its first turn while it waits for C core, whose work on the connection
 * may be in a poller's hands for a moment: a short session ends in one turn then. Later it steps
 * back at once: what it waits for is its client.
 */
#define FIRST_TURN_NS NS_PER_MS

static void lose_session(struct session_owner *owner)
{
    char *bytes = (char *)owner;
    struct worker *worker = (struct worker *)(void *)(bytes - offsetof(struct worker, owner));
    (void)inbox_post(worker->inbox, INBOX_TAKEN_OVER);
}

void worker_init(struct worker *worker, struct stream *stream,
                 const struct conversation_settings *settings, const struct worker_place *place)
{
    *worker = (struct worker){.stream = stream,
                              .inbox = place->inbox,
                              .clock = settings->clock,
                              .owner = {.lose = lose_session},
                              .drain_until = CLOCK_NEVER,
                              .give_up_at = CLOCK_NEVER};
    if (settings->interval_ns == 0) {
        worker->turnstile = place->turnstile;
        worker->passer = place->passer;
        worker->burst_left = place->has_turn ? BURST : 0;
    }
    stream_peer(stream, worker->peer);
    conversation_init(&worker->conversation, settings, &worker->owner, worker->peer);
}

void worker_drain(struct worker *worker, int64_t deadline)
{
    atomic_store(&worker->drain_deadline, deadline);
    (void)inbox_post(worker->inbox, INBOX_DRAINING);
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
    if (events & INBOX_TURN) {
        worker->awaits_turn = false;
        worker->burst_left = BURST;
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
    if (worker->turnstile != NULL && worker->burst_left == 0 && !worker->awaits_turn) {
        worker->awaits_turn = !turnstile_enter(worker->turnstile, worker->passer);
        worker->burst_left = worker->awaits_turn ? 0 : BURST;
    }
    return !worker->awaits_turn;
}

/* Steps back, or away from among those that wait. */
static void end_turn(struct worker *worker)
{
    if (worker->turnstile != NULL) {
        worker->burst_left = 0;
        worker->awaits_turn = false;
        turnstile_leave(worker->turnstile, worker->passer);
    }
}

/* Counts a message of its turn; whether that was the last one. Where nobody waits it goes on. */
static bool ends_burst(struct worker *worker)
{
    if (worker->turnstile == NULL || --worker->burst_left > 0) {
        return false;
    }
    if (turnstile_is_awaited(worker->turnstile, worker->passer)) {
        return true;
    }
    worker->burst_left = BURST;
    return false;
}

/* Sends what is due now and may be sent; returns when the next message is due. */
static int64_t send_due(struct worker *worker)
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
        handle_events(worker, inbox_take(worker->inbox));
        handle_time(worker);
        if (is_last) {
            is_last = false;
            end_turn(worker);
        }
    }
    return CLOCK_NEVER;
}

static bool has_operations(const struct worker *worker)
{
    return worker->receiving || worker->sending || worker->finishing || worker->closing;
}

/* Until when it keeps its turn though it waits; CLOCK_NEVER: it has none any more. */
static int64_t keep_turn(struct worker *worker)
{
    if (worker->burst_left == 0) {
        return CLOCK_NEVER;
    }
    if (worker->clock->now(worker->clock) < worker->first_turn_until) {
        return worker->first_turn_until;
    }
    end_turn(worker);
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

/*
 * Begins to receive, at full speed in its turn: C core then has time for this stream, and a short
 * session is over before the turn is.
 */
static void open_stream(struct worker *worker)
{
    while (!has_turn(worker)) {
        handle_events(worker, inbox_wait(worker->inbox, worker->clock, CLOCK_NEVER));
    }
    if (worker->turnstile != NULL) {
        worker->first_turn_until = worker->clock->now(worker->clock) + FIRST_TURN_NS;
    }
    worker->closing = stream_open(worker->stream, worker->inbox);
    if (worker->closing) {
        receive(worker);
    }
    handle_events(worker, inbox_take(worker->inbox));
}

void worker_run(struct worker *worker)
{
    open_stream(worker);
    for (;;) {
        int64_t due = send_due(worker);
        if (!has_operations(worker)) {
            break;
        }
        int64_t deadline = earliest(next_deadline(worker, due), keep_turn(worker));
        handle_events(worker, inbox_wait(worker->inbox, worker->clock, deadline));
        handle_time(worker);
    }
    conversation_leave(&worker->conversation);
    if (worker->awaits_turn) {
        end_turn(worker);
    }
}

void worker_finish(struct worker *worker)
{
    stream_release(worker->stream);
    end_turn(worker);
}
