#include "client/run/runner_listener.h"

#include "client/run/runner_address.h"
#include "client/run/runner_announcement.h"
#include "client/run/runner_length.h"
#include "client/run/runner_violation.h"

#include <stdio.h>

static void measure(struct runner *runner, uint64_t steps)
{
    const struct runner_settings *settings = runner->group->settings;
    int64_t now = runner->subscription.last_activity;
    struct pace_times times = pace_number(&runner->pace, now, steps);
    tally_number(runner->group->tally, &times, now >= settings->measure_from);
    if (times.late != CLOCK_NEVER && times.late > settings->plan->max_lateness_ns) {
        runner_note_late(runner, times.late);
    }
}

static void tell_message(const struct runner *runner, enum verdict verdict, uint64_t number)
{
    const struct session_listener *listener = runner->group->settings->listener;
    if (listener != NULL) {
        const struct verifier *verifier = &runner->subscription.verifier;
        const struct session_message message = {.verdict = verdict,
                                                .number = number,
                                                .count = verifier->count,
                                                .wrong_at = verifier->wrong_at,
                                                .is_last = verifier_is_complete(verifier),
                                                .is_good = !verdict_is_wrong(verdict) &&
                                                           runner->subscription.wrong == 0,
                                                .sum = verifier->sum,
                                                .checksum = verifier_checksum(verifier)};
        listener->message(listener->context, runner->number, &message);
    }
}

/* Whether the stream has reached its numbers: the answer to CONTINUE alone is no resume yet. */
static bool shows_life(const struct subscription *subscription, enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_ENDED_EARLY:
    case VERDICT_WRONG_ATTEMPT:
        return false;
    case VERDICT_POSITION:
    case VERDICT_CHECKSUM_SO_FAR:
        return verifier_is_complete(&subscription->verifier);
    case VERDICT_NUMBER:
    case VERDICT_LOST:
    case VERDICT_REPEATED:
    case VERDICT_REORDERED:
    case VERDICT_CORRUPT:
    case VERDICT_WRONG_POSITION:
    case VERDICT_WRONG_CHECKSUM_SO_FAR:
    case VERDICT_CHECKSUM:
    case VERDICT_WRONG_CHECKSUM:
    case VERDICT_SURPLUS:
    case VERDICT_MALFORMED:
    case VERDICT_WRONG_PADDING:
        break;
    }
    return true;
}

/* The stream receives numbers, for the first time or again. */
static void begin_to_live(struct runner *runner)
{
    runner_note_address(runner);
    runner_set_state(runner, RUNNER_LIVE);
    runner->group->tally->counts.resumes += runner->is_broken ? 1U : 0U;
    runner->is_broken = false;
}

/* After the numbers of a session its end is what a resume was for. */
static void note_resumed_end(struct runner *runner)
{
    int64_t now = runner->subscription.last_activity;
    int64_t resume_ns = pace_end(&runner->pace, now);
    if (resume_ns != CLOCK_NEVER) {
        tally_resume(runner->group->tally, resume_ns, now >= runner->group->settings->measure_from);
    }
}

static void take_message(struct subscription *subscription, enum verdict verdict, uint64_t number)
{
    struct runner *runner = runner_of_subscription(subscription);
    struct tally *tally = runner->group->tally;
    runner->fresh_messages += runner->fresh_messages < RUNNER_NEVER_RESUMED ? 1 : 0;
    if (runner->state == RUNNER_WAITING && shows_life(subscription, verdict)) {
        begin_to_live(runner);
    }

    if (verdict == VERDICT_NUMBER) {
        if (runner->ends_with_time) {
            runner_length_follow(runner);
        }
        measure(runner, 1);
    } else if (verdict == VERDICT_LOST &&
               subscription->verifier.position <= subscription->verifier.n) {
        measure(runner, subscription->verifier.amount + 1);
    } else if (verdict == VERDICT_REORDERED) {
        tally->counts.numbers++;
    } else if (verdict == VERDICT_POSITION && subscription->joining && tally->counts.numbers == 0) {
        tally->expected = subscription->verifier.n - subscription->verifier.count;
    }
    if (verifier_is_complete(&subscription->verifier)) {
        note_resumed_end(runner);
    }
    if (verdict_is_wrong(verdict)) {
        runner_note_wrong(runner, verdict, number);
    }
    tell_message(runner, verdict, number);
}

static void take_break(struct subscription *subscription, const struct session_break *event)
{
    struct runner *runner = runner_of_subscription(subscription);
    struct tally *tally = runner->group->tally;
    bool had_lived = runner->state == RUNNER_LIVE;
    int64_t now = subscription->opened_at + event->age_ns;
    const struct break_times times = {.at_ns = now - runner->group->settings->began,
                                      .age_ns = event->age_ns,
                                      .silence_ns = event->silence_ns};
    struct break_note note = {
        .kind = event->kind, .had_lived = had_lived, .count = 1, .at_ns = times.at_ns};
    (void)snprintf(note.address, sizeof note.address, "%s", event->address);
    (void)snprintf(note.words, sizeof note.words, "%s", event->words);
    tally_break(tally, &note, &times);
    if (!break_is_of_connecting(event->kind.cause)) {
        first_connect_note(subscription->settings->first_connect);
    }
    if (event->was_held_back && !runner->was_held_back) {
        runner->was_held_back = true;
        tally->held_back++;
    }
    if (had_lived) {
        pace_break(&runner->pace, now);
        runner->is_broken = true;
    }
    runner->fresh_messages = 0;
    runner_set_state(runner, RUNNER_WAITING);
    const struct session_listener *listener = runner->group->settings->listener;
    if (listener != NULL) {
        listener->broken(listener->context, runner->number, event);
    }
}

const struct subscription_listener runner_listener = {
    .message = take_message, .broken = take_break, .announced = runner_take_announcement};
