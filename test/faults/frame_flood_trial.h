/* Floods of frames that open no stream. For the test's own thread. */
#ifndef COMMS_TEST_FAULTS_FRAME_FLOOD_TRIAL_H
#define COMMS_TEST_FAULTS_FRAME_FLOOD_TRIAL_H

/* The kinds; the last one is for the long form alone. */
enum { FRAME_FLOODS = 9, FRAME_FLOODS_LONG };

enum frame_flood_size { FRAME_FLOOD_SHORT, FRAME_FLOOD_LONG };

/*
 * Sends a flood of one kind, from 0 on, or as much of it as the server takes before it
 * closes the connection. Fails the test if its memory grows by more than 64 MiB, if others miss a
 * number, or if it serves nobody afterwards.
 */
void frame_flood_trial(int kind, enum frame_flood_size size);

#endif
