/*
 * Connections that are cut, at every message boundary and inside frames, from either side: every
 * number must come, be right, and come once. comms-client checks each one (check_lies.c shows that
 * it finds what is wrong). For the test's own thread.
 */
#ifndef COMMS_TEST_FAULTS_CUT_TRIAL_H
#define COMMS_TEST_FAULTS_CUT_TRIAL_H

/* Makes about this many cuts: a quarter each of stateful and stateless streams, paced and at full
 * speed. Prints what it counted. */
void cut_trial(unsigned cuts);

#endif
