/*
 * What the client prints: on stdout the lines of the original client, on stderr what it does about
 * a broken stream. For one thread.
 */
#ifndef COMMS_CLIENT_REPORT_REPORT_H
#define COMMS_CLIENT_REPORT_REPORT_H

#include "client/plan.h"
#include "client/run/subscription.h"

#include <stdbool.h>

/* Hears of a subscription's messages and breaks, and prints them. */
extern const struct subscription_listener report_listener;

/* Without a line a number, if `quiet`. Before anything is printed. */
void report_set_quiet(bool quiet);

/* Prints what is about to be done. */
void report_beginning(const struct plan *plan);

/* Prints the result. `signal_number` is the signal that stopped it, or 0. */
void report_end(const struct subscription *subscription, int signal_number);

/*
 * Writes out what was printed so far. False if that failed once: then there is no point in going
 * on, and the reason has been said.
 */
bool report_flush(void);

#endif
