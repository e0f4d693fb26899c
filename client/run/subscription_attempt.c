#include "client/run/subscription_attempt.h"

#include <inttypes.h>
#include <stdio.h>

static void describe(const struct subscription *subscription, char text[static VERIFIER_ERROR_SIZE])
{
    const struct verifier *verifier = &subscription->verifier;
    if (subscription->refusals > 0) {
        (void)snprintf(text, VERIFIER_ERROR_SIZE,
                       "the server refused the newest attempt as an older one, %u times in a row, "
                       "after %" PRIu64 " of %" PRIu32 " numbers",
                       subscription->refusals, verifier->count, verifier->n);
    } else {
        (void)snprintf(text, VERIFIER_ERROR_SIZE,
                       "the server gave the session to an older attempt after %" PRIu64
                       " of %" PRIu32 " numbers; only this client knows its uuid",
                       verifier->count, verifier->n);
    }
}

bool subscription_has_attempts(const struct subscription *subscription)
{
    return subscription->verifier.mode == MODE_STATEFUL && !subscription->joining;
}

/* Without numbers an older attempt may take the session over, if there was one; but not for ever.
 */
static bool may_be_its_own(struct subscription *subscription, enum error error)
{
    return subscription->joining && error == ERROR_TAKEN_OVER && subscription->attempt > 1 &&
           ++subscription->refusals <= ATTEMPT_REFUSALS_MAX;
}

enum attempt_end subscription_judge_attempt(struct subscription *subscription, enum error error,
                                            char ret_reason[static VERIFIER_ERROR_SIZE])
{
    bool is_refusal = error == ERROR_OLDER_ATTEMPT;
    if (!subscription_has_attempts(subscription)) {
        return may_be_its_own(subscription, error) ? ATTEMPT_AGAIN : ATTEMPT_NOT_CONCERNED;
    }
    subscription->refusals = is_refusal ? subscription->refusals + 1 : 0;
    if (!is_refusal && error != ERROR_TAKEN_OVER) {
        return ATTEMPT_NOT_CONCERNED;
    }
    if (is_refusal && subscription->refusals < ATTEMPT_REFUSALS_MAX) {
        return ATTEMPT_AGAIN;
    }
    if (subscription->uuid_is_shared) {
        return ATTEMPT_NOT_CONCERNED;
    }
    describe(subscription, ret_reason);
    return ATTEMPT_WRONG;
}
