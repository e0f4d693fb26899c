/*
 * A hundred clients CONTINUE one session at three servers at once: one goes on, and the others get
 * their status. The owner may be at any of the servers.
 */
#ifndef COMMS_TEST_DURABILITY_CLAIM_TRIAL_H
#define COMMS_TEST_DURABILITY_CLAIM_TRIAL_H

void claim_trial(unsigned rounds);

#endif
