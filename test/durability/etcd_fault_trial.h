/*
 * etcd, or its leader, fails while comms-client watches its sessions. Live streams go on if only a
 * leader fails. Otherwise they end in time, and are resumed. Sessions start and move again
 * afterwards.
 */
#ifndef COMMS_TEST_DURABILITY_ETCD_FAULT_TRIAL_H
#define COMMS_TEST_DURABILITY_ETCD_FAULT_TRIAL_H

#include <stdbool.h>

enum etcd_fault {
    ETCD_KILLED,  /* the leader is killed, and started again after a new one was elected */
    ETCD_STOPPED, /* the leader's machine stands still for 5 s */
    ETCD_FROZEN,  /* the leader's disk stands still for 12 s */
    ETCD_AWAY,    /* two of three members stand still, for longer than a server may own sessions */
    ETCD_FALLEN,  /* all members are killed at once, and started again */
    ETCD_FULL,    /* the quota of space is used up, for as long */
    ETCD_EMPTIED  /* all keys are deleted */
};

/* Whether this machine can do it. */
bool etcd_fault_is_possible(enum etcd_fault fault);

void etcd_fault_trial(enum etcd_fault fault, unsigned streams);

#endif
