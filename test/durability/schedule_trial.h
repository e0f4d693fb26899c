/*
 * Random faults of servers and of members of etcd, several at a time, while comms-client watches
 * its sessions. The seed is printed; COMMS_SEED repeats it.
 */
#ifndef COMMS_TEST_DURABILITY_SCHEDULE_TRIAL_H
#define COMMS_TEST_DURABILITY_SCHEDULE_TRIAL_H

#include <stdint.h>

/* The seed that COMMS_SEED says, or a random one. */
uint64_t schedule_seed(void);

/* Faults for this many seconds, then all is healed, and the sessions must end with the proof. */
void schedule_trial(uint64_t seed, unsigned seconds, unsigned streams);

#endif
