/*
 * What the tests of the loop share: one loop with runners to one server, and what its listener
 * heard. For the test's own thread, except where it says so.
 */
#ifndef COMMS_TEST_KIT_LOOP_FIXTURE_H
#define COMMS_TEST_KIT_LOOP_FIXTURE_H

#include "client/run/loop.h"
#include "test/kit/serving.h"

#include <stdint.h>

enum { LOOP_N = 20, LOOP_TIMEOUT_S = 30 };

extern struct loop loop;
extern struct plan loop_plan;
extern struct runner_settings loop_settings;
extern struct session_listener loop_listener; /* counts; a test may set its before_wait */

/* What it heard, in the thread that runs the loop. */
struct loop_heard {
    unsigned messages;
    unsigned breaks;
    int64_t first_at; /* when the first message came */
};
extern struct loop_heard loop_heard;

/* A test's checked fixture. */
void loop_set_up(void);
void loop_tear_down(void);

/* The server of the test: truthful for any number of streams, or with scripts for one at a time. */
void loop_serve_truth(int64_t interval_ns);
void loop_serve(const struct script *scripts, size_t count);

/* Makes the loop with room for this many; the sessions have n numbers. */
void make_loop(enum client_mode mode, uint32_t n, unsigned connections, unsigned runners);

/* Frees it; the tear-down does so too. */
void free_loop(void);

/* Adds runners that begin after this time, to all connections in turn. */
void add_runners(unsigned count, int64_t delay_ns);

const struct subscription *first_subscription(void);
const struct counts *loop_counts(void);

#endif
