/*
 * How the client ends a stream whose numbers have all come, or which it stops: by END if the
 * protocol has it, otherwise by waiting for the server or by cancelling the call. For the thread of
 * the subscription, while its call is open.
 */
#ifndef COMMS_CLIENT_RUN_SUBSCRIPTION_GOODBYE_H
#define COMMS_CLIENT_RUN_SUBSCRIPTION_GOODBYE_H

#include "client/run/subscription.h"

/*
 * Ends a stream whose numbers have all come. The server has a second to end the call; then
 * subscription_tick cancels it.
 */
void subscription_goodbye_finish(struct subscription *subscription);

/* Ends a stream early. A stateless server that has answered has half a second to read END. */
void subscription_goodbye_stop(struct subscription *subscription);

/* Sends END if it is due and not yet sent. To be called again while the call cannot send. */
void subscription_goodbye_send(struct subscription *subscription);

#endif
