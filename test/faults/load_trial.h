/*
 * A mixed load for a long time: streams whose connections are cut or fall silent, short sessions
 * one after the other, sessions that are abandoned, many numbers a second. Every number must be
 * right, and what the servers hold must not grow. For the test's own thread.
 */
#ifndef COMMS_TEST_FAULTS_LOAD_TRIAL_H
#define COMMS_TEST_FAULTS_LOAD_TRIAL_H

/* How long: HOURS of `make soak`, or two minutes. */
int load_trial_seconds(void);

void load_trial(int seconds);

#endif
