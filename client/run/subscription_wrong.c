#include "client/run/subscription_wrong.h"

#include "client/verify/verifier_text.h"

#include <inttypes.h>
#include <stdio.h>

void subscription_set_result(struct subscription *subscription, enum session_result result)
{
    if (subscription->result == SESSION_UNFINISHED) {
        subscription->result = subscription->wrong > 0 ? SESSION_VIOLATED : result;
    }
}

void subscription_find_wrong(struct subscription *subscription, const char *reason)
{
    if (subscription->wrong++ == 0) {
        (void)snprintf(subscription->reason, sizeof subscription->reason, "%s", reason);
    }
    if (subscription->wrong == subscription->settings->wrong_max) {
        subscription_set_result(subscription, SESSION_VIOLATED);
        call_cancel(&subscription->call);
    }
}

bool subscription_find_wrong_padding(struct subscription *subscription, enum verdict verdict,
                                     uint64_t number, const struct padding_fault *fault)
{
    const struct verifier *verifier = &subscription->verifier;
    const bool is_of_session = verdict == VERDICT_NUMBER || verdict == VERDICT_CHECKSUM;
    struct padding_fault found = *fault;
    char reason[VERIFIER_ERROR_SIZE];
    found.position = (uint64_t)verifier->position + (is_of_session ? 0 : 1);
    verifier_describe_padding(&found, verifier->count - (verdict == VERDICT_NUMBER ? 1 : 0),
                              reason);
    subscription_find_wrong(subscription, reason);
    subscription->fault = &found;
    subscription->settings->listener->message(subscription, VERDICT_WRONG_PADDING, number);
    subscription->fault = NULL;
    return subscription->result == SESSION_UNFINISHED;
}

bool subscription_refuses_unpadded(struct subscription *subscription,
                                   const struct padding_fault *fault)
{
    if (fault->kind != PADDING_LENGTH || fault->length > 0 || subscription->verifier.count > 0 ||
        subscription->wrong > 0) {
        return false;
    }
    (void)snprintf(subscription->reason, sizeof subscription->reason,
                   "no padding came with the first message: an original or an older server ignores "
                   "--size %" PRIu32 ": leave it out",
                   fault->wanted);
    subscription_set_result(subscription, SESSION_REFUSED);
    call_cancel(&subscription->call);
    return true;
}
