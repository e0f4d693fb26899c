#include "client/run/runner_violation.h"

#include "client/run/subscription_end.h"
#include "client/run/subscription_wrong.h"
#include "client/verify/verifier_text.h"
#include "shared/page/format.h"

#include <inttypes.h>
#include <stdio.h>

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
    case VERDICT_WRONG_PADDING:
        return VIOLATION_PADDING;
    case VERDICT_ENDED_EARLY:
        return VIOLATION_ENDED_EARLY;
    case VERDICT_WRONG_ATTEMPT:
        return VIOLATION_ATTEMPT;
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

/* A violation in this runner's stream, at this moment; the caller fills in what it is. */
static struct violation violation_here(const struct runner *runner)
{
    const struct subscription *subscription = &runner->subscription;
    struct violation violation = {
        .stream = runner->number,
        .has_uuid = subscription->verifier.mode == MODE_STATEFUL,
        .uuid = subscription->verifier.uuid,
        .position = (uint64_t)verifier_position(&subscription->verifier) + 1,
        .amount = 1,
        .connection = subscription->channel->number,
        .at_ns = subscription->last_activity - runner->group->settings->began,
        .after_resume = runner->fresh_messages <= RUNNER_FRESH_MESSAGES};
    char peer[CONNECT_ADDRESS_SIZE];
    bool is_open = call_is_open(&subscription->call);
    if (is_open) {
        subscription_end_peer(subscription, peer);
    }
    socket_watch_address(subscription->channel->socket, is_open ? peer : NULL, violation.address,
                         sizeof violation.address);
    return violation;
}

static void note(struct runner *runner, const struct violation *violation)
{
    runner->is_violated = true;
    tally_violation(runner->group->tally, violation);
}

static void describe_padding(const struct padding_fault *fault, struct violation *violation)
{
    const bool is_length = fault->kind == PADDING_LENGTH;
    violation->position = fault->position;
    violation->amount = fault->at;
    violation->has_expected = violation->has_received = is_length;
    violation->expected = fault->wanted;
    violation->received = fault->length;
}

void runner_note_wrong(struct runner *runner, enum verdict verdict, uint64_t number)
{
    const struct verifier *verifier = &runner->subscription.verifier;
    struct violation violation = violation_here(runner);
    violation.kind = kind_of(verdict);
    if (verdict == VERDICT_WRONG_PADDING) {
        describe_padding(runner->subscription.fault, &violation);
    } else if (verdict == VERDICT_ENDED_EARLY) {
        violation.amount = verifier->position < verifier->n ? verifier->n - verifier->position : 0;
    } else if (verdict != VERDICT_MALFORMED && verdict != VERDICT_WRONG_ATTEMPT) {
        violation.position = verifier->wrong_at;
        violation.amount = verifier->amount;
        violation.was_lost = verdict == VERDICT_REORDERED && verifier->was_lost;
        violation.has_expected = verifier->has_expected;
        violation.expected = verifier->expected;
        violation.has_received = true;
        violation.received = number;
    }
    note(runner, &violation);
}

/* A single session ends at its first violation, and its reason is printed. */
static void end_alone(struct runner *runner, int64_t late_ns)
{
    const struct plan *plan = runner->group->settings->plan;
    char reason[VERIFIER_ERROR_SIZE];
    char late[FORMAT_SIZE];
    char limit[FORMAT_SIZE];
    if (plan_prints_numbers(plan)) {
        (void)snprintf(
            reason, sizeof reason, "number %" PRIu32 " came %s late: --max-lateness is %s",
            verifier_position(&runner->subscription.verifier), format_duration(late_ns, late),
            format_duration(plan->max_lateness_ns, limit));
        subscription_find_wrong(&runner->subscription, reason);
    }
}

void runner_note_late(struct runner *runner, int64_t late_ns)
{
    struct violation violation = violation_here(runner);
    violation.kind = VIOLATION_LATE;
    violation.position--; /* of the number that has just gone by */
    violation.amount = (uint64_t)late_ns;
    note(runner, &violation);
    end_alone(runner, late_ns);
}
