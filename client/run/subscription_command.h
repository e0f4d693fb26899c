/*
 * The command that a call of a subscription begins with: START, or CONTINUE once the session may
 * exist on the server; and what the end of the call tells of that START. For the thread of the
 * subscription.
 */
#ifndef COMMS_CLIENT_RUN_SUBSCRIPTION_COMMAND_H
#define COMMS_CLIENT_RUN_SUBSCRIPTION_COMMAND_H

#include "client/run/subscription.h"

#include <stdbool.h>

/*
 * Makes the request for the message after the verifier's position. It counts as a new attempt: to
 * be called once for each call, before the call is opened.
 */
struct request subscription_command_next(struct subscription *subscription);

/* Whether CONTINUE showed that no START arrived: then START is sent again, at once. */
bool subscription_start_was_lost(const struct subscription *subscription, enum status status);

/* Whether an earlier START arrived late, or this one twice by its path: then CONTINUE is sent. */
bool subscription_start_was_late(const struct subscription *subscription, enum status status);

#endif
