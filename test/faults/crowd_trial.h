/* Many connections whose calls nobody can serve at once. For the test's own thread. */
#ifndef COMMS_TEST_FAULTS_CROWD_TRIAL_H
#define COMMS_TEST_FAULTS_CROWD_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

struct crowd_settings {
    const char *name; /* in what is printed */
    unsigned connections;
    unsigned calls; /* of each connection, sent at once, with a command that the server refuses */
    bool is_reconnecting; /* each connection is closed before the next one; else all stay open */
};

/*
 * Floods a server. Fails the test if the server's memory grows by more than 200 MiB, or is not back
 * within 30 s, if others miss a number, or if a client that comes behind the flood is not served.
 * Returns how many milliseconds that client took.
 */
int64_t crowd_trial(const struct crowd_settings *settings);

#endif
