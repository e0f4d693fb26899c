/*
 * CONTINUE around the moment at which a session is evicted: it is resumed, or has no session. For
 * the test's own thread, with C core set up (guests_set_up).
 */
#ifndef COMMS_TEST_FAULTS_EVICTION_TRIAL_H
#define COMMS_TEST_FAULTS_EVICTION_TRIAL_H

/* So many hundred sessions, from 50 ms before the moment to 50 ms after it. */
void eviction_trial(unsigned hundreds);

#endif
