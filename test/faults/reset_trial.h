/* Rapid reset: streams that are opened and reset at once, or kept against the limit. For the test's
 * own thread. */
#ifndef COMMS_TEST_FAULTS_RESET_TRIAL_H
#define COMMS_TEST_FAULTS_RESET_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

struct reset_settings {
    const char *name; /* in what is printed */
    uint64_t streams; /* in all; a connection that the server closes is opened again */
    bool at_limit;    /* all streams that --max-streams allows live already */
    bool has_command; /* each stream says START before it is reset */
    bool keeps_all;   /* no stream is reset, and no SETTINGS acknowledged: C core has no limit */
};

struct reset_outcome {
    int64_t gap_p99; /* others', nanoseconds */
    uint64_t closed; /* connections that the server closed */
};

/*
 * Floods a server over eight connections. Fails the test if its memory grows by more than 200 MiB
 * (450 where the streams are kept: 10,000 of them are the server's to have), if it is not back
 * within 30 s, or if others miss a number.
 */
struct reset_outcome reset_trial(const struct reset_settings *settings);

#endif
