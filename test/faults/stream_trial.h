/* More streams on a connection than the server wants. For the test's own thread. */
#ifndef COMMS_TEST_FAULTS_STREAM_TRIAL_H
#define COMMS_TEST_FAULTS_STREAM_TRIAL_H

#include <stdint.h>

/*
 * One connection without a window, `--max-streams 1`: each stream ends, refused or by the send
 * deadline, or the connection does. Memory grows by at most 64 MiB.
 */
void stream_trial_without_window(unsigned streams);

/* The same with calls of a method that the server does not have. */
void stream_trial_unknown_method(unsigned streams);

/* SETTINGS are never acknowledged, so C core holds the client to no limit; ours does. */
void stream_trial_unacknowledged(unsigned streams);

#endif
