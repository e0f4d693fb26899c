/*
 * What the tests of the verifier share: one verifier, streams whose messages are known, and what it
 * must say of each message. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_VERIFIER_FIXTURE_H
#define COMMS_TEST_KIT_VERIFIER_FIXTURE_H

#include "client/verify/verifier.h"
#include "test/kit/known_session.h"

#include <stdint.h>

enum { STREAM_N_MAX = 4000 };

/* A session whose 1st and 5th number are equal, and that number. */
extern const struct uuid repeating_uuid;
extern const uint64_t repeated_number;

extern struct verifier verifier;
extern uint64_t messages[STREAM_N_MAX + 2]; /* message k of the stream is [k]; without [0] */
extern uint32_t message_count;

/* A test's tear-down. */
void forget_verifier(void);

/* Begins a stream of n numbers, and fills `messages`. `session` is ignored if it is stateless. */
void begin_stream(enum mode mode, const struct uuid *session, uint32_t n);

/* A message comes; the test fails unless this is the verdict. */
void take(uint64_t message, enum verdict wanted);

/* The same for a verdict that is not wrong. */
void take_right(uint64_t message, enum verdict wanted);

/* Messages `first` to `last` of the stream come; all must be right. */
void take_all(uint32_t first, uint32_t last);

/* A message comes that is found wrong, at this position and with this text. */
void take_wrong(uint64_t message, enum verdict wanted, uint64_t wrong_at, const char *text);

/* A message comes that counts as corrupt, with this text. */
void take_corrupt(uint64_t message, enum verdict wanted, const char *text);

/* The test fails unless the verifier has counted these. */
void expect_counters(uint32_t lost, uint32_t repeated, uint32_t reordered, uint32_t corrupt);

#endif
