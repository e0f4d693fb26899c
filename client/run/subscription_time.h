/*
 * When a subscription loses patience: with a call, and with its server. To be asked in the thread
 * of the subscription. Times are the clock's, in nanoseconds.
 */
#ifndef COMMS_CLIENT_RUN_SUBSCRIPTION_TIME_H
#define COMMS_CLIENT_RUN_SUBSCRIPTION_TIME_H

#include "client/run/subscription.h"

#include <stdint.h>

/*
 * Since when the stream has been in trouble: from its last progress on, but not for as long as the
 * client itself was stopped. CLOCK_NEVER: it is in no trouble.
 */
int64_t subscription_time_trouble_since(const struct subscription *subscription);

/* When a stream in trouble gives up: the retry time-out after that. */
int64_t subscription_time_give_up_at(const struct subscription *subscription);

/*
 * When the call is to be cancelled, because no message came for the stall time-out, or because the
 * stream gives up. CLOCK_NEVER: no call is open, or it ends anyway.
 */
int64_t subscription_time_cancel_at(const struct subscription *subscription);

#endif
