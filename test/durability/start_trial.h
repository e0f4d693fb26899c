/*
 * How many sessions start in a second at three servers that share them through three members of
 * etcd, and what a start costs. A client at each server runs sessions of one number.
 */
#ifndef COMMS_TEST_DURABILITY_START_TRIAL_H
#define COMMS_TEST_DURABILITY_START_TRIAL_H

void start_trial(unsigned seconds);

#endif
