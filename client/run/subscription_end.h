/*
 * How a call of a subscription ended: with which status, in which words, and why. To be asked while
 * the call is still there, in the thread of the subscription.
 */
#ifndef COMMS_CLIENT_RUN_SUBSCRIPTION_END_H
#define COMMS_CLIENT_RUN_SUBSCRIPTION_END_H

#include "client/measure/connect_reason.h"
#include "client/run/subscription.h"

/*
 * The status of the call. The original server sends an error as a message, and then OK: that counts
 * as the status which our server gives for it.
 */
enum status subscription_end_status(const struct subscription *subscription);

/* The error of the protocol that the server gave; ERROR_NONE: none, or the client ended the call.
 */
enum error subscription_end_error(const struct subscription *subscription, enum status status);

/* Writes the status and its details as the subscription's reason. */
void subscription_end_describe(struct subscription *subscription, enum status status);

/* What broke the call, and when; the caller adds what follows. */
struct session_break subscription_end_break(const struct subscription *subscription,
                                            enum status status);

/* Writes the address that the call goes to, or the target's if there is no
 * connection: 10.0.0.1:443, [::1]:443, unix:. */
void subscription_end_peer(const struct subscription *subscription,
                           char text[static CONNECT_ADDRESS_SIZE]);

/*
 * Renews the connection if it is of no use: the first of its subscriptions to find out does so for
 * all. Never while an attempt to connect is under way, for which others may wait. (A connection
 * that was there and broke is made again by C core itself, at once.)
 */
void subscription_end_renew(struct subscription *subscription, const struct session_break *event);

#endif
