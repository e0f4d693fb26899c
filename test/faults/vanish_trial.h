/*
 * Clients that vanish: no packet comes from them any more, no FIN and no RST. Needs network
 * namespaces, and so root and ip(8). For the test's own thread.
 */
#ifndef COMMS_TEST_FAULTS_VANISH_TRIAL_H
#define COMMS_TEST_FAULTS_VANISH_TRIAL_H

/* An unchecked fixture, so that the namespaces go whatever happens. The trial is skipped, and says
 * why, where there can be none. */
void vanish_set_up(void);
void vanish_tear_down(void);

/* The streams of vanished clients end within keepalive + 5 s, and their places are free: on quiet
 * streams and on such that get numbers. */
void vanish_trial(void);

#endif
