/*
 * One conversation at an interval, on a clock that the test moves. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_PACED_TALK_H
#define COMMS_TEST_KIT_PACED_TALK_H

#include "test/kit/session_words.h"
#include "test/kit/talk.h"

#include <stdint.h>

#define START_TIME TALK_START_TIME

extern struct talk_server paced_server;
extern struct talk paced_talk;

/* Begins the server, and the talk at it. */
void paced_talk_set_up(enum mode mode, int64_t interval_ns);
void paced_talk_tear_down(void);

/* Moves the clock to this time, which is not in its past. */
void advance_to(int64_t time);

#endif
