/*
 * What the tests of the turnstile share: one turnstile with a clock that the test moves, and
 * streams that take turns. Streams may enter and leave from any thread, each from one at a time.
 */
#ifndef COMMS_TEST_KIT_TURNSTILE_FIXTURE_H
#define COMMS_TEST_KIT_TURNSTILE_FIXTURE_H

#include "server/work/turnstile.h"
#include "test/kit/fake_clock.h"

#include <stdbool.h>
#include <stddef.h>

enum { STREAMS = 12 };

#define TURNSTILE_START_TIME (100 * NS_PER_S)

/* A first turn without a message is kept so long. */
#define FIRST_TURN_NS NS_PER_MS

extern struct fake_clock turnstile_clock; /* stands at TURNSTILE_START_TIME at first */
extern struct turnstile turnstile;

/* What stream i has. */
extern struct inbox inboxes[STREAMS];
extern struct turn turns[STREAMS];

extern struct turn_line turn_lines[STREAMS]; /* one a connection */

/* A test's checked fixture; the test itself calls begin_turns. */
void turnstile_set_up(void);
void turnstile_tear_down(void);

/* Stream i belongs to connection i % connections. All have had their first turn. */
void begin_turns(unsigned processors, size_t connections);

/* Stream i asks for its turn. Returns whether it has it. */
bool enter(size_t i);

/* Stream i ends its turn, or asks for none any more. */
void leave(size_t i);

/* Stream i was told that its turn has come, and takes it. */
void expect_called(size_t i);

/* It was not told, and has not its turn. */
void expect_not_called(size_t i);

#endif
