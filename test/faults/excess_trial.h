/* A client that exceeds a bound of server/net/traffic. For the test's own thread. */
#ifndef COMMS_TEST_FAULTS_EXCESS_TRIAL_H
#define COMMS_TEST_FAULTS_EXCESS_TRIAL_H

#include <stdbool.h>

enum { EXCESSES = 4 };

/*
 * Exceeds a bound, one of EXCESSES, without end. Fails the test unless the server cuts the
 * connection, and its log says why.
 */
void excess_trial(int kind, bool has_tls);

#endif
