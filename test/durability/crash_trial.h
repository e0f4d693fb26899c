/*
 * kill -9 of a server with a file store, at random moments, under many streams; it is started again
 * at once on the same port. The client's proof is the verdict.
 */
#ifndef COMMS_TEST_DURABILITY_CRASH_TRIAL_H
#define COMMS_TEST_DURABILITY_CRASH_TRIAL_H

/* Kills the server this many times under this many streams. The test fails where a number is lost,
 * repeated or reordered, or where a session is not found again. Prints the seed. */
void crash_trial(unsigned kills, unsigned streams, unsigned numbers, unsigned seed);

#endif
