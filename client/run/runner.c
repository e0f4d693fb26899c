#include "client/run/runner.h"

#include "client/run/runner_announcement.h"
#include "client/run/runner_length.h"

#include <stddef.h>
#include <stdio.h>

void runner_set_state(struct runner *runner, enum runner_state state)
{
    struct tally *tally = runner->group->tally;
    const struct clock *clock = runner->group->settings->subscription.clock;
    tally_pass_time(tally, clock->now(clock));
    tally->waiting += (state == RUNNER_WAITING ? 1U : 0U);
    tally->waiting -= (runner->state == RUNNER_WAITING ? 1U : 0U);
    tally->live += (state == RUNNER_LIVE ? 1U : 0U);
    tally->live -= (runner->state == RUNNER_LIVE ? 1U : 0U);
    runner->state = state;
    tally_note_streams(tally);
}

static bool set_verifier(struct runner *runner, uint32_t n)
{
    const struct plan *plan = runner->group->settings->plan;
    struct verifier *verifier = &runner->subscription.verifier;
    bool is_plans = plan->streams == 1 && runner->group->tally->counts.started == 0;
    const struct uuid uuid = is_plans ? plan->uuid : uuid_random();
    runner->subscription.uuid_is_shared = is_plans && plan->uuid_is_shared;
    switch (plan->mode) {
    case CLIENT_STATELESS:
        verifier_init_stateless(verifier, n);
        break;
    case CLIENT_STATEFUL:
    case CLIENT_STATEFUL_TEST:
        return verifier_init_stateful(verifier, &uuid, n);
    case CLIENT_STATEFUL_TEST_RECONNECT:
        runner->subscription.joining = true;
        return verifier_init_joining(verifier, &uuid, n, plan->last);
    }
    return true;
}

/* Ends a subscription that was not started. */
static void give_up(struct subscription *subscription, const char *reason)
{
    subscription->result = SESSION_UNREACHABLE;
    (void)snprintf(subscription->reason, sizeof subscription->reason, "%s", reason);
}

static void begin_session(struct runner *runner, int64_t now)
{
    struct runner_group *group = runner->group;
    struct channel *channel = runner->subscription.channel;
    const int64_t interval_ns = runner_group_interval(group);
    const uint32_t n = runner_length_next(runner, now);
    verifier_cleanup(&runner->subscription.verifier);
    subscription_init(&runner->subscription, &group->settings->subscription, channel, group->queue);
    runner->fresh_messages = RUNNER_NEVER_RESUMED;
    runner->is_broken = false;
    pace_start(&runner->pace, interval_ns, now);
    runner_length_set_interval(runner, interval_ns);
    runner_set_state(runner, RUNNER_WAITING);
    bool is_ready = set_verifier(runner, n);
    group->tally->counts.started++;
    group->tally->expected += n;
    if (is_ready) {
        subscription_start(&runner->subscription);
    } else {
        give_up(&runner->subscription, "out of memory"); /* for the verifier */
    }
}

struct session_end runner_session_end(const struct runner *runner)
{
    const struct subscription *subscription = &runner->subscription;
    const struct verifier *verifier = &subscription->verifier;
    return (struct session_end){.result = subscription->result,
                                .reason = subscription->reason,
                                .mode = verifier->mode,
                                .n = verifier->n,
                                .count = verifier->count,
                                .sum = verifier->sum,
                                .checksum = verifier_checksum(verifier)};
}

static enum outcome outcome_of(const struct runner *runner)
{
    switch (runner->subscription.result) {
    case SESSION_REFUSED:
        return OUTCOME_REFUSED;
    case SESSION_UNREACHABLE:
        return OUTCOME_UNREACHABLE;
    case SESSION_VIOLATED:
    case SESSION_STOPPED:
    case SESSION_PROVEN:
    case SESSION_UNFINISHED:
        break;
    }
    return OUTCOME_INCOMPLETE;
}

/* A stream that was stopped, by the user or because the run has found no server. */
static void note_stopped(struct runner *runner)
{
    char reason[FIRST_CONNECT_REASON_SIZE];
    bool is_unreachable =
        first_connect_has_failed(runner->group->settings->subscription.first_connect, reason);
    tally_unfinished(runner->group->tally, runner->number,
                     is_unreachable ? OUTCOME_UNREACHABLE : OUTCOME_INCOMPLETE,
                     is_unreachable ? reason : "stopped");
}

static void note_unfinished(struct runner *runner)
{
    const struct subscription *subscription = &runner->subscription;
    if (subscription->result == SESSION_STOPPED) {
        note_stopped(runner);
    } else {
        tally_unfinished(runner->group->tally, runner->number, outcome_of(runner),
                         subscription->reason);
    }
}

/*
 * Whether there is time for another session. A session of as many numbers as fit must last an
 * interval: otherwise sessions of one number would follow each other at full speed until the end.
 */
static bool is_time_left(const struct runner_group *group, int64_t now)
{
    int64_t needed = group->settings->plan->n_fits ? runner_group_interval(group) : 0;
    return now < group->settings->repeat_until - needed;
}

/* The session is done: counts it, and begins the next one if there is time. */
static void end_session(struct runner *runner, int64_t now)
{
    struct runner_group *group = runner->group;
    struct tally *tally = group->tally;
    enum session_result result = runner->subscription.result;
    if (verifier_is_complete(&runner->subscription.verifier)) {
        tally->counts.finished++;
    } else {
        note_unfinished(runner);
    }
    if (result == SESSION_PROVEN && !group->stopping && is_time_left(group, now)) {
        begin_session(runner, now);
        return;
    }
    tally->proven += result == SESSION_PROVEN && !runner->is_violated ? 1U : 0U;
    runner_set_state(runner, RUNNER_DONE);
    group->running--;
}

/* Ends the session if its subscription is done, and sets the timer to what is due next. */
static void settle(struct runner *runner)
{
    struct subscription *subscription = &runner->subscription;
    if (runner->state != RUNNER_DONE && subscription_is_done(subscription)) {
        end_session(runner, subscription->settings->clock->now(subscription->settings->clock));
    }
    if (runner->state != RUNNER_DONE) {
        timers_set(runner->group->timers, &runner->timer, subscription_deadline(subscription));
    }
}

static void fire(struct timer *timer, int64_t now)
{
    struct runner *runner =
        (struct runner *)(void *)((char *)timer - offsetof(struct runner, timer));
    if (runner->state == RUNNER_ASLEEP && !channel_has_settled(runner->subscription.channel, now)) {
        timers_set(runner->group->timers, timer, now + CHANNEL_SETTLE_NS);
        return;
    }
    if (runner->state == RUNNER_ASLEEP) {
        begin_session(runner, now);
    } else if (runner->state != RUNNER_DONE) {
        subscription_tick(&runner->subscription);
    }
    settle(runner);
}

void runner_init(struct runner *runner, struct runner_group *group, struct channel *channel,
                 unsigned number, int64_t start_at)
{
    *runner = (struct runner){.group = group, .number = number, .state = RUNNER_ASLEEP};
    runner->subscription.channel = channel;
    timers_add(group->timers, &runner->timer, fire);
    timers_set(group->timers, &runner->timer, start_at);
    group->running++;
}

void runner_cleanup(struct runner *runner)
{
    verifier_cleanup(&runner->subscription.verifier);
}

void runner_handle(const grpc_event *event)
{
    struct call *call = call_of_event(event);
    subscription_handle(event);
    settle(runner_of_subscription(call->owner));
}

void runner_stop(struct runner *runner)
{
    if (runner->state == RUNNER_ASLEEP) {
        note_stopped(runner);
        runner_set_state(runner, RUNNER_DONE);
        runner->group->running--;
    } else if (runner->state != RUNNER_DONE) {
        subscription_stop(&runner->subscription);
        settle(runner);
    }
}
