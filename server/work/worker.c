#include "server/work/worker.h"

#include "server/work/patience.h"
#include "shared/base/counter.h"

/* A stream that waits this long for its next number needs no turns. One that hardly waits does:
 * else clients would get out of the line by a wish for any pace. */
#define PACED_NS (NS_PER_MS / 2)

/* ---- Short names for the two sides ----------------------------------------------------------- */

static const struct stream_operations *stream_of(const struct worker *worker)
{
    return worker->stream->operations;
}

static bool is_over(const struct worker *worker)
{
    return worker->dialogue.state == DIALOGUE_OVER;
}

static void leave(struct worker *worker, enum service_end why)
{
    worker->service->leave(&worker->dialogue, why);
}

static int64_t now(const struct worker *worker)
{
    return worker->clock->now(worker->clock);
}

/* ---- Words from other threads ---------------------------------------------------------------- */

static void tell(struct service_host *host, enum service_word word)
{
    char *bytes = (char *)host;
    struct worker *worker = (struct worker *)(void *)(bytes - offsetof(struct worker, host));
    static const unsigned events[] = {[SERVICE_ANSWERED] = INBOX_STORE,
                                      [SERVICE_TAKEN_OVER] = INBOX_TAKEN_OVER,
                                      [SERVICE_NEWS] = INBOX_NEWS};
    inbox_post(worker->inbox, events[word]);
}

static void announce(struct service_host *host, const struct service_header *header)
{
    char *bytes = (char *)host;
    struct worker *worker = (struct worker *)(void *)(bytes - offsetof(struct worker, host));
    stream_of(worker)->announce(worker->stream, header);
}

void worker_init(struct worker *worker, struct stream *stream, struct inbox *inbox,
                 const struct clock *clock, int64_t send_timeout_ns)
{
    *worker = (struct worker){.stream = stream,
                              .service = stream->service->operations,
                              .inbox = inbox,
                              .clock = clock,
                              .host = {.tell = tell,
                                       .announce = announce,
                                       .peer = stream->peer,
                                       .client = stream->client},
                              .drain_until = CLOCK_NEVER,
                              .patience_ns = send_timeout_ns,
                              .give_up_at = CLOCK_NEVER,
                              .deadline = stream->deadline,
                              .began_at = clock->now(clock)};
    worker->host.counters = &worker->dialogue_counters;
    stream->turn.inbox = inbox; /* a new thread's inbox was not known at the hand-over */
    worker->service->begin(&worker->dialogue, stream->service, &worker->host);
}

void worker_drain(struct worker *worker, int64_t deadline)
{
    atomic_store(&worker->drain_deadline, deadline);
    inbox_post(worker->inbox, INBOX_DRAINING);
}

/* ---- What has happened ----------------------------------------------------------------------- */

static void receive(struct worker *worker)
{
    worker->receiving = stream_of(worker)->receive(worker->stream);
    if (!worker->receiving) {
        patience_cancel(worker, STATUS_CANCELLED);
    }
}

/*
 * Gives the dialogue the message that came. False: no more messages will come. Not inlined: with
 * this buffer on the stack above C core, every thread would touch one page more.
 */
__attribute__((noinline)) static bool take_message(struct worker *worker)
{
    uint8_t bytes[SERVICE_MESSAGE_MAX];
    size_t length = 0;
    switch (stream_of(worker)->take(worker->stream, bytes, &length)) {
    case STREAM_MESSAGE:
        counter_add(&worker->counters.received, 1);
        worker->service->message(&worker->dialogue, bytes, length);
        break;
    case STREAM_HALF_CLOSED:
        worker->service->half_close(&worker->dialogue);
        return false;
    }
    return true;
}

static void begin_drain(struct worker *worker)
{
    int64_t deadline = atomic_load(&worker->drain_deadline);
    bool can_finish = worker->service->finishes_by(&worker->dialogue, deadline);
    worker->drain_until = can_finish ? deadline : now(worker);
}

/*
 * The receive that is under way when the call ends is over soon, and may tell why the call has
 * ended: a message was too large. So the dialogue leaves after it; but what came just before the
 * end, it does not hear any more.
 */
static void end_receive_or_call(struct worker *worker, unsigned events)
{
    if (events & INBOX_CLOSED) {
        worker->closing = false;
        worker->is_broken = (events & INBOX_BROKEN) != 0;
    }
    if (events & INBOX_RECEIVED) {
        worker->receiving = false;
    }
    if (events & INBOX_TOO_LARGE) {
        worker->service->too_large(&worker->dialogue);
    }
    if (!worker->closing && !worker->receiving) {
        leave(worker, worker->is_broken ? SERVICE_BROKEN : SERVICE_CLOSED);
    }
    const bool may_take = (events & (INBOX_RECEIVED | INBOX_TOO_LARGE)) == INBOX_RECEIVED;
    if (may_take && take_message(worker) && !is_over(worker)) {
        receive(worker);
    }
}

static void handle_events(struct worker *worker, unsigned events)
{
    if (events & INBOX_SENT) {
        worker->sending = false;
    }
    if (events & INBOX_FINISHED) {
        worker->finishing = false;
    }
    if (events & (INBOX_CLOSED | INBOX_RECEIVED)) {
        end_receive_or_call(worker, events);
    }
    if (events & INBOX_STORE) {
        worker->service->hear(&worker->dialogue, SERVICE_ANSWERED);
    }
    if (events & INBOX_TAKEN_OVER) {
        worker->service->hear(&worker->dialogue, SERVICE_TAKEN_OVER);
        patience_hurry(worker);
    }
    if (events & INBOX_NEWS) {
        worker->service->hear(&worker->dialogue, SERVICE_NEWS);
    }
    if (events & INBOX_DRAINING) {
        begin_drain(worker);
    }
    if (events & INBOX_TURN) {
        turn_came(&worker->stream->turn);
    }
}

static void handle_time(struct worker *worker)
{
    if (patience_next_time(worker) == CLOCK_NEVER) {
        return;
    }
    int64_t time = now(worker);
    if (time >= patience_next_time(worker)) {
        patience_time_came(worker, time);
    }
}

/* ---- Sending --------------------------------------------------------------------------------- */

static bool can_send(const struct worker *worker)
{
    return worker->closing && !worker->sending && !worker->sends_no_more;
}

/* Sends the messages that are due, while the stream may send. Returns when the next one is due. */
static int64_t send_due(struct worker *worker)
{
    struct turn *turn = &worker->stream->turn;
    struct service_message message;
    bool is_last = false;
    int64_t due = CLOCK_NEVER;

    while (can_send(worker)) {
        if (worker->dialogue.state == DIALOGUE_RUNNING && !turn_ask(turn)) {
            return CLOCK_NEVER;
        }
        switch (worker->service->next(&worker->dialogue, &message, &due)) {
        case DIALOGUE_WAIT:
            if (worker->dialogue.state == DIALOGUE_RUNNING && turn->turnstile != NULL &&
                due - now(worker) >= PACED_NS) {
                turn_leave_line(turn); /* its client has wished for a pace */
            }
            return due;
        case DIALOGUE_SEND:
            if (message.padding_length > 0) {
                worker->reader.padding = message.padding_length;
                turn_count_padding(turn, message.padding_length);
            }
            is_last = turn_count_message(turn);
            counter_add(&worker->counters.sent, 1);
            worker->sending =
                stream_of(worker)->send(worker->stream, &message, message.more && !is_last);
            break;
        case DIALOGUE_END:
            worker->sends_no_more = true;
            worker->has_outcome = true;
            worker->finishing = stream_of(worker)->finish(worker->stream, &worker->host.outcome);
            break;
        }
        if (!worker->sending && !worker->finishing) {
            patience_cancel(worker, STATUS_CANCELLED);
            leave(worker, SERVICE_BROKEN);
            turn_end(turn);
            return CLOCK_NEVER;
        }
        /* Most sends are over before `send` returns: take the event without a wait. */
        handle_events(worker, inbox_take(worker->inbox));
        handle_time(worker);
        if (is_last) {
            is_last = false;
            turn_end(turn);
        }
    }
    return CLOCK_NEVER;
}

/* ---- The loop -------------------------------------------------------------------------------- */

/* The store's answer counts as an operation: the dialogue must live until it comes. */
static bool has_operations(const struct worker *worker)
{
    return patience_is_for_client(worker) || worker->dialogue.is_asking;
}

/*
 * Until when the worker waits; `due`: until the next message at most. If it waits for the client to
 * take something, the client has its time from now on: so sends that are over at once cost no look
 * at the clock.
 */
static int64_t next_deadline(struct worker *worker, int64_t due)
{
    bool is_for_client = worker->sending || (is_over(worker) && patience_is_for_client(worker));
    if (is_for_client && worker->give_up_at == CLOCK_NEVER && !worker->is_cancelled) {
        patience_begin(worker);
    }
    return patience_earliest(due, patience_next_time(worker));
}

/*
 * Opens the stream and starts to receive. At full speed this waits for the first turn: then C core
 * has time for the stream, and a short session is over before its turn is.
 */
static void open_stream(struct worker *worker)
{
    struct turn *turn = &worker->stream->turn;
    while (!turn_ask_to_open(turn)) {
        handle_events(worker, inbox_wait(worker->inbox, worker->clock, CLOCK_NEVER));
    }
    turn_begin_first(turn);
    worker->closing = stream_of(worker)->open(worker->stream, worker->inbox);
    if (worker->closing) {
        receive(worker);
    }
    handle_events(worker, inbox_take(worker->inbox));
}

void worker_run(struct worker *worker)
{
    struct turn *turn = &worker->stream->turn;
    open_stream(worker);
    for (;;) {
        int64_t due = send_due(worker);
        if (!has_operations(worker)) {
            /* If INBOX_CLOSED never came. It may ask the store to release the session. */
            leave(worker, SERVICE_BROKEN);
            if (!has_operations(worker)) {
                break;
            }
        }
        int64_t deadline = patience_earliest(next_deadline(worker, due), turn_keep(turn));
        unsigned events = inbox_wait(worker->inbox, worker->clock, deadline);
        patience_note_progress(worker, events);
        handle_events(worker, events);
        handle_time(worker);
    }
    if (turn->is_awaited) {
        turn_end(turn);
    }
}

struct inbox *worker_finish(struct worker *worker)
{
    stream_of(worker)->close(worker->stream);
    struct inbox *next = turn_pass_on(&worker->stream->turn);
    stream_of(worker)->release(worker->stream);
    return next;
}
