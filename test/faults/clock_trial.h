/*
 * Time and sessions: the wall clock is set, the server is stopped and goes on. For the test's own
 * thread, with C core set up (guests_set_up).
 */
#ifndef COMMS_TEST_FAULTS_CLOCK_TRIAL_H
#define COMMS_TEST_FAULTS_CLOCK_TRIAL_H

#include <stdbool.h>

/* Whether a program of this build can be given another wall clock (not with a sanitizer). */
bool clock_trial_is_possible(void);

/* Sets the wall clock an hour forth and two hours back: sessions are evicted in their time, and the
 * pace goes on. */
void clock_trial(void);

/* Stops the server for so long, twice its --session-timeout: idle sessions are gone afterwards, and
 * owned ones are not; who takes a session over in this time gets it, and its owner is told. */
void stop_trial(int stop_ms);

#endif
