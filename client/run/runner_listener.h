/*
 * What a runner makes of the messages and breaks of its subscription: it measures them, counts them
 * in the tally of its group, and tells the listener of the sessions. It takes no lock. For the
 * thread of the runner.
 */
#ifndef COMMS_CLIENT_RUN_RUNNER_LISTENER_H
#define COMMS_CLIENT_RUN_RUNNER_LISTENER_H

#include "client/run/subscription.h"

/* Listens to the subscriptions of all runners, and to no others; part of their settings. */
extern const struct subscription_listener runner_listener;

#endif
