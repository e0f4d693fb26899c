/* Floods of frames that open no stream. For the test's own thread. */
#ifndef COMMS_TEST_FAULTS_FRAME_FLOOD_TRIAL_H
#define COMMS_TEST_FAULTS_FRAME_FLOOD_TRIAL_H

#include <stdint.h>

enum { FRAME_FLOODS = 9 };

/*
 * Sends so many MiB of one kind, 0 to FRAME_FLOODS - 1, or as much as the server takes before it
 * closes the connection. Fails the test if its memory grows by more than 64 MiB, if others miss a
 * number, or if it serves nobody afterwards.
 */
void frame_flood_trial(int kind, uint64_t mib);

#endif
