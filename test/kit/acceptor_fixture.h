/*
 * What the tests of the acceptor and its ports share: what acceptor_start needs, for one stream of
 * one connection, and a fake service. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_ACCEPTOR_FIXTURE_H
#define COMMS_TEST_KIT_ACCEPTOR_FIXTURE_H

#include "server/rpc/acceptor.h"

#include <semaphore.h>

extern struct acceptor_settings acceptor_wanted;
extern struct refusals acceptor_refusals;
extern sem_t acceptor_ended; /* posted when the acceptor has ended */

/* A test's checked fixture. C core begins and ends. */
void acceptor_set_up(void);
void acceptor_tear_down(void);

#endif
