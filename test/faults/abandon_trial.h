/*
 * Sessions that their clients abandon: all are evicted in time, and their memory comes back. For
 * the test's own thread, with C core set up (guests_set_up).
 */
#ifndef COMMS_TEST_FAULTS_ABANDON_TRIAL_H
#define COMMS_TEST_FAULTS_ABANDON_TRIAL_H

struct abandon_settings {
    unsigned sessions;
    int timeout_ms; /* the server's --session-timeout */
    int late_ms;    /* from the time-out to the moment at which each session must be gone */
};

void abandon_trial(const struct abandon_settings *settings);

#endif
