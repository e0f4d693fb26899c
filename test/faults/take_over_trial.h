/*
 * A hundred clients that CONTINUE one session at the same moment, while another one owns it: one of
 * them goes on, and all others get their status within a second. For the test's own thread, with C
 * core set up (guests_set_up).
 */
#ifndef COMMS_TEST_FAULTS_TAKE_OVER_TRIAL_H
#define COMMS_TEST_FAULTS_TAKE_OVER_TRIAL_H

/* So many rounds on a paced session; the owner reads. Prints what it counted. */
void take_over_trial(unsigned rounds);

#endif
