/*
 * Servers that die, and servers that are restarted one after the other, while comms-client watches
 * its sessions through haproxy: every number must be right, and every session resumed.
 */
#ifndef COMMS_TEST_DURABILITY_RESTART_TRIAL_H
#define COMMS_TEST_DURABILITY_RESTART_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

struct restart_settings {
    unsigned streams;
    unsigned seconds;   /* that the sessions last at least */
    bool kills;         /* true: first each server in turn is killed by SIGKILL */
    bool moves;         /* true: a killed server comes back as on another machine, and only when
                           its sessions were resumed elsewhere */
    bool falls;         /* true: then all servers are killed at once, and restarted */
    bool rolls;         /* true: then each server in turn is restarted by SIGTERM */
    uint64_t resume_ms; /* 99 % of the breaks must be over by then; on a slow machine, by ten times
                           what a server takes to start */
    const char *interval;
};

void restart_trial(const struct restart_settings *settings);

#endif
