/*
 * The power is cut under a server with a file store, at many random moments of one run: each
 * session whose START was answered before is there, and the file opens.
 */
#ifndef COMMS_TEST_DURABILITY_POWER_CUT_TRIAL_H
#define COMMS_TEST_DURABILITY_POWER_CUT_TRIAL_H

/* Makes this many runs, and cuts the power this often in each. Prints the seed. */
void power_cut_trial(unsigned runs, unsigned cuts, unsigned seed);

#endif
