/*
 * What is found wrong with the messages of a subscription, and the result of its session. A part of
 * the subscription, for its thread.
 */
#ifndef COMMS_CLIENT_RUN_SUBSCRIPTION_WRONG_H
#define COMMS_CLIENT_RUN_SUBSCRIPTION_WRONG_H

#include "client/run/subscription.h"

#include <stdbool.h>
#include <stdint.h>

/* Sets the result if there is none yet. After a wrong message it is SESSION_VIOLATED, however the
 * stream ends. */
void subscription_set_result(struct subscription *subscription, enum session_result result);

/* Counts a wrong message. The reason of the first one is kept; the last one that is allowed gives
 * the session its result. */
void subscription_find_wrong(struct subscription *subscription, const char *reason);

/*
 * Counts a message whose number is right and whose padding is not, and tells the listener. False:
 * the session has its result.
 */
bool subscription_find_wrong_padding(struct subscription *subscription, enum verdict verdict,
                                     uint64_t number, const struct padding_fault *fault);

/* Whether the server ignores the size: the first message of the session has no padding at all. Then
 * the session ends as refused. */
bool subscription_refuses_unpadded(struct subscription *subscription,
                                   const struct padding_fault *fault);

#endif
