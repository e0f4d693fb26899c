/*
 * What the end of a call says of the attempts at a session (proto/PROTOCOL.md, "An attempt is
 * newer, or it is refused"). The call that ends is always the newest attempt: no call is opened
 * before the last one is over. For the thread of the subscription.
 */
#ifndef COMMS_CLIENT_RUN_SUBSCRIPTION_ATTEMPT_H
#define COMMS_CLIENT_RUN_SUBSCRIPTION_ATTEMPT_H

#include "client/run/subscription.h"
#include "client/verify/verifier_text.h"

/*
 * Whether the client numbers its attempts at the session: not if another client has started it,
 * whose numbers it does not know.
 */
bool subscription_has_attempts(const struct subscription *subscription);

/* A path may deliver an attempt twice; but not every attempt. */
enum { ATTEMPT_REFUSALS_MAX = 3 };

enum attempt_end {
    ATTEMPT_NOT_CONCERNED, /* the end is about something else, or may be another client's doing */
    ATTEMPT_AGAIN,         /* the attempt came twice, perhaps, or an older one without a number */
    ATTEMPT_WRONG          /* the server prefers an older attempt of this client */
};

/*
 * Judges a call that ended with `error`, and counts the refusals. Writes what was wrong if the
 * result is ATTEMPT_WRONG.
 */
enum attempt_end subscription_judge_attempt(struct subscription *subscription, enum error error,
                                            char ret_reason[static VERIFIER_ERROR_SIZE]);

#endif
