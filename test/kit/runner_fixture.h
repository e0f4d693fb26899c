/*
 * What the tests of the runners share: a group of them on one connection to a scripted server, run
 * in the test's thread and by a fake clock. Time passes with each message, and where nothing else
 * can happen.
 */
#ifndef COMMS_TEST_KIT_RUNNER_FIXTURE_H
#define COMMS_TEST_KIT_RUNNER_FIXTURE_H

#include "client/run/runner.h"
#include "test/kit/serving.h"
#include "test/kit/session_words.h"

#include <stddef.h>
#include <stdint.h>

enum { RUNNERS_MAX = 4, RUNNER_CONNECTION = 7, TIMED_MESSAGES = 32 };

#define RUNNER_BEGAN (1000 * NS_PER_S)

/* What the runners have to do; may be changed before begin_runners. */
extern struct plan runner_plan; /* a stateful session of N numbers */
extern struct runner_settings runner_settings;

extern struct runner_group runner_group;
extern struct channel runner_channel;
extern struct runner runners[RUNNERS_MAX];

/* How long message i (from 0) of all takes; 0 at first. */
extern int64_t takes_ns[TIMED_MESSAGES];

/* After this many messages no more comes until time has passed, once. */
extern size_t silent_after;

/* The message that was heard last. */
extern struct session_message last_message;

/* A test's checked fixture. */
void runner_set_up(void);
void runner_tear_down(void);

/* Starts a server that repeats these scripts, and prepares the group. */
void begin_runners(const struct script *scripts, size_t count);
#define BEGIN(scripts) begin_runners(scripts, sizeof(scripts) / sizeof *(scripts))

/* Adds a runner that begins after this time. */
void add_runner(int64_t delay_ns);

/* Runs all runners until they are done, or until this many messages have come. */
void run_runners(void);
void run_runners_until(size_t messages);

/* Adds a runner that begins at once, and runs it. */
void run_one_runner(void);

int64_t runner_now(void);

/* The violation that was found, which must be the only one. */
const struct violation *only_violation(void);

#endif
