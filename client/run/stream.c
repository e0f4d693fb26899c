#include "client/run/stream.h"

#include <stddef.h>

/* Up to here a message is among the first after a resume: position, checksum, number. */
enum { FRESH_MESSAGES = 3, NEVER_RESUMED = FRESH_MESSAGES + 1 };

static struct stream *stream_of(struct subscription *subscription)
{
    return (struct stream *)subscription;
}

static void set_state(struct stream *stream, enum stream_state state)
{
    struct tally *tally = stream->group->tally;
    tally->waiting += (state == STREAM_WAITING ? 1U : 0U);
    tally->waiting -= (stream->state == STREAM_WAITING ? 1U : 0U);
    tally->live += (state == STREAM_LIVE ? 1U : 0U);
    tally->live -= (stream->state == STREAM_LIVE ? 1U : 0U);
    stream->state = state;
}

/* ---- What is found wrong -------------------------------------------------------------------- */

static enum violation_kind kind_of(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_LOST:
        return VIOLATION_LOST;
    case VERDICT_REPEATED:
        return VIOLATION_REPEATED;
    case VERDICT_REORDERED:
        return VIOLATION_REORDERED;
    case VERDICT_WRONG_POSITION:
        return VIOLATION_POSITION;
    case VERDICT_WRONG_CHECKSUM_SO_FAR:
    case VERDICT_WRONG_CHECKSUM:
        return VIOLATION_CHECKSUM;
    case VERDICT_MALFORMED:
        return VIOLATION_MALFORMED;
    case VERDICT_ENDED_EARLY:
        return VIOLATION_ENDED_EARLY;
    case VERDICT_CORRUPT:
    case VERDICT_NUMBER:
    case VERDICT_POSITION:
    case VERDICT_CHECKSUM_SO_FAR:
    case VERDICT_CHECKSUM:
    case VERDICT_SURPLUS:
        break;
    }
    return VIOLATION_CORRUPT;
}

/* A violation of this stream, here and now; the caller says what it was. */
static struct violation violation_here(struct stream *stream)
{
    const struct subscription *subscription = &stream->subscription;
    struct violation violation = {.stream = stream->number,
                                  .has_uuid = subscription->verifier.mode == MODE_STATEFUL,
                                  .uuid = subscription->verifier.uuid,
                                  .position =
                                      (uint64_t)verifier_position(&subscription->verifier) + 1,
                                  .amount = 1,
                                  .connection = subscription->channel->number,
                                  .at_ns = subscription->last_activity - stream->group->plan->began,
                                  .after_resume = stream->fresh_messages <= FRESH_MESSAGES};
    socket_watch_address(subscription->channel->socket, violation.address,
                         sizeof violation.address);
    return violation;
}

static void note_wrong(struct stream *stream, enum verdict verdict, uint64_t number)
{
    const struct verifier *verifier = &stream->subscription.verifier;
    struct violation violation = violation_here(stream);
    violation.kind = kind_of(verdict);
    if (verdict == VERDICT_ENDED_EARLY) {
        violation.amount = verifier->position < verifier->n ? verifier->n - verifier->position : 0;
    } else if (verdict != VERDICT_MALFORMED) {
        violation.position = verifier->wrong_at;
        violation.amount = verifier->amount;
        violation.was_lost = verdict == VERDICT_REORDERED && verifier->was_lost;
        violation.has_expected = verifier->has_expected;
        violation.expected = verifier->expected;
        violation.has_received = true;
        violation.received = number;
    }
    stream->is_violated = true;
    tally_violation(stream->group->tally, &violation);
}

static void note_lateness(struct stream *stream, int64_t late)
{
    struct violation violation = violation_here(stream);
    violation.kind = VIOLATION_LATE;
    violation.position--; /* of the number that has just gone by */
    violation.amount = (uint64_t)late;
    stream->is_violated = true;
    tally_violation(stream->group->tally, &violation);
}

/* ---- What the subscription tells ------------------------------------------------------------- */

static void measure(struct stream *stream, uint64_t steps)
{
    const struct stream_plan *plan = stream->group->plan;
    int64_t now = stream->subscription.last_activity;
    struct pace_times times = pace_number(&stream->pace, now, steps);
    tally_number(stream->group->tally, &times, now >= plan->measure_from);
    if (times.late != CLOCK_NEVER && times.late > plan->options->max_lateness_ns) {
        note_lateness(stream, times.late);
    }
}

static void take_message(struct subscription *subscription, enum verdict verdict, uint64_t number)
{
    struct stream *stream = stream_of(subscription);
    struct tally *tally = stream->group->tally;
    if (stream->fresh_messages == 0 && subscription->command == COMMAND_CONTINUE) {
        tally->counts.resumes++;
    }
    stream->fresh_messages += stream->fresh_messages < NEVER_RESUMED ? 1 : 0;
    if (stream->state == STREAM_WAITING) {
        set_state(stream, STREAM_LIVE);
    }

    if (verdict == VERDICT_NUMBER) {
        measure(stream, 1);
    } else if (verdict == VERDICT_LOST &&
               subscription->verifier.position <= subscription->verifier.n) {
        measure(stream, subscription->verifier.amount + 1);
    } else if (verdict == VERDICT_REORDERED) {
        tally->counts.numbers++;
    } else if (verdict == VERDICT_POSITION && subscription->joining && tally->counts.numbers == 0) {
        tally->expected = subscription->verifier.n - subscription->verifier.count;
    }
    if (verdict_is_wrong(verdict)) {
        note_wrong(stream, verdict, number);
    }
    if (stream->group->plan->printer != NULL) {
        stream->group->plan->printer->message(subscription, verdict, number);
    }
}

static void take_break(struct subscription *subscription, const struct break_event *event)
{
    struct stream *stream = stream_of(subscription);
    struct tally *tally = stream->group->tally;
    tally->counts.breaks++;
    int64_t now = subscription->opened_at + event->age_ns;
    const struct break_times times = {.at_ns = now - stream->group->plan->began,
                                      .age_ns = event->age_ns,
                                      .silence_ns = event->silence_ns};
    breaks_record(&tally->breaks, event->kind, &times);
    if (event->was_held_back && !stream->was_held_back) {
        stream->was_held_back = true;
        tally->held_back++;
    }
    pace_break(&stream->pace, now);
    stream->fresh_messages = 0;
    set_state(stream, STREAM_WAITING);
    if (stream->group->plan->printer != NULL) {
        stream->group->plan->printer->broken(subscription, event);
    }
}

const struct subscription_listener stream_listener = {.message = take_message,
                                                      .broken = take_break};

/* ---- Sessions, one after the other ----------------------------------------------------------- */

static uint32_t choose_n(const struct stream_plan *plan, int64_t now)
{
    return plan->options->n_fits ? client_options_n_within(plan->options, plan->repeat_until - now)
                                 : plan->options->n;
}

static bool set_verifier(struct stream *stream, uint32_t n)
{
    const struct client_options *options = stream->group->plan->options;
    struct verifier *verifier = &stream->subscription.verifier;
    const struct uuid uuid = options->streams == 1 && stream->group->tally->counts.started == 0
                                 ? options->uuid
                                 : uuid_random();
    switch (options->mode) {
    case CLIENT_STATELESS:
        verifier_init_stateless(verifier, n);
        break;
    case CLIENT_STATEFUL:
    case CLIENT_STATEFUL_TEST:
        return verifier_init_stateful(verifier, &uuid, n);
    case CLIENT_STATEFUL_TEST_RECONNECT:
        stream->subscription.joining = true;
        return verifier_init_joining(verifier, &uuid, n, options->last);
    }
    return true;
}

static void begin_session(struct stream *stream, int64_t now)
{
    struct stream_group *group = stream->group;
    struct channel *channel = stream->subscription.channel;
    verifier_cleanup(&stream->subscription.verifier);
    subscription_init(&stream->subscription, &group->plan->subscription, channel, group->queue);
    stream->fresh_messages = NEVER_RESUMED;
    pace_start(&stream->pace, group->plan->options->interval_ns, now);
    set_state(stream, STREAM_WAITING);
    const uint32_t n = choose_n(group->plan, now);
    bool is_ready = set_verifier(stream, n);
    group->tally->counts.started++;
    group->tally->expected += n;
    if (is_ready) {
        subscription_start(&stream->subscription);
    } else {
        subscription_stop(&stream->subscription); /* out of memory */
    }
}

static enum outcome outcome_of(const struct stream *stream)
{
    switch (stream->subscription.result) {
    case RESULT_REFUSED:
        return OUTCOME_REFUSED;
    case RESULT_UNREACHABLE:
        return OUTCOME_UNREACHABLE;
    case RESULT_VIOLATED:
    case RESULT_STOPPED:
    case RESULT_PROVEN:
    case RESULT_NONE:
        break;
    }
    return OUTCOME_INCOMPLETE;
}

static void note_unfinished(struct stream *stream)
{
    const struct subscription *subscription = &stream->subscription;
    tally_unfinished(stream->group->tally, stream->number, outcome_of(stream),
                     subscription->result == RESULT_STOPPED ? "stopped" : subscription->reason);
}

/*
 * Whether another session is to begin. Where a session has what fits, only one that lasts: the rest
 * of the last interval would be filled with sessions of a number, as fast as they go.
 */
static bool is_time_left(const struct stream_plan *plan, int64_t now)
{
    int64_t needed = plan->options->n_fits ? plan->options->interval_ns : 0;
    return now < plan->repeat_until - needed;
}

/* The session is done: what it was, and what comes next. */
static void end_session(struct stream *stream, int64_t now)
{
    struct stream_group *group = stream->group;
    struct tally *tally = group->tally;
    enum subscription_result result = stream->subscription.result;
    if (verifier_is_complete(&stream->subscription.verifier)) {
        tally->counts.finished++;
    } else {
        note_unfinished(stream);
    }
    if (result == RESULT_PROVEN && !group->stopping && is_time_left(group->plan, now)) {
        begin_session(stream, now);
        return;
    }
    tally->proven += result == RESULT_PROVEN && !stream->is_violated ? 1U : 0U;
    set_state(stream, STREAM_DONE);
    group->running--;
}

/* Looks after the stream once something has happened to it. */
static void settle(struct stream *stream)
{
    struct subscription *subscription = &stream->subscription;
    if (stream->state != STREAM_DONE && subscription_is_done(subscription)) {
        end_session(stream, subscription->settings->clock->now(subscription->settings->clock));
    }
    if (stream->state != STREAM_DONE) {
        timers_set(stream->group->timers, &stream->timer, subscription_deadline(subscription));
    }
}

static void fire(struct timer *timer, int64_t now)
{
    struct stream *stream =
        (struct stream *)(void *)((char *)timer - offsetof(struct stream, timer));
    if (stream->state == STREAM_ASLEEP) {
        begin_session(stream, now);
    } else if (stream->state != STREAM_DONE) {
        subscription_tick(&stream->subscription);
    }
    settle(stream);
}

void stream_init(struct stream *stream, struct stream_group *group, struct channel *channel,
                 unsigned number, int64_t start_at)
{
    *stream = (struct stream){.group = group, .number = number, .state = STREAM_ASLEEP};
    stream->subscription.channel = channel;
    timers_add(group->timers, &stream->timer, fire);
    timers_set(group->timers, &stream->timer, start_at);
    group->running++;
}

void stream_cleanup(struct stream *stream)
{
    verifier_cleanup(&stream->subscription.verifier);
}

void stream_handle(const grpc_event *event)
{
    struct call *call = call_of_event(event);
    subscription_handle(event);
    settle(stream_of(call->owner));
}

void stream_stop(struct stream *stream)
{
    if (stream->state == STREAM_ASLEEP) {
        tally_unfinished(stream->group->tally, stream->number, OUTCOME_INCOMPLETE, "stopped");
        set_state(stream, STREAM_DONE);
        stream->group->running--;
    } else if (stream->state != STREAM_DONE) {
        subscription_stop(&stream->subscription);
        settle(stream);
    }
}
