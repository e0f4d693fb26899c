/*
 * What the tests of the fleet share: one fleet, its plan, its server, and what its listener heard.
 * For the test's own thread, except where it says so.
 */
#ifndef COMMS_TEST_KIT_FLEET_FIXTURE_H
#define COMMS_TEST_KIT_FLEET_FIXTURE_H

#include "client/run/fleet.h"
#include "test/kit/serving.h"

#include <check.h>

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

enum { FLEET_N = 20, FLEET_STREAMS = 60, FLEET_CONNECTIONS = 5, FLEET_STREAMS_MAX = 100 };
enum { FLEET_NUMBERS = FLEET_STREAMS * FLEET_N, FLEET_GAPS = FLEET_STREAMS * (FLEET_N - 1) };

#define SHORT_NS (20 * NS_PER_MS)

extern struct plan fleet_plan; /* stateful sessions; may be changed before the fleet is prepared */
extern struct fleet fleet;
extern const struct result *fleet_result;

struct fleet_heard {
    /* in the thread of the test */
    size_t intervals;
    size_t stop_at_interval;  /* the listener asks for the stop then; 0: never; set by the test */
    uint64_t stop_at_numbers; /* or in the first interval that has counted this many; 0: never */
    uint64_t last_numbers;    /* counted in the last interval */

    /* in the threads of the loops */
    pthread_mutex_t lock;
    int64_t first_start[FLEET_STREAMS_MAX + 1]; /* by the stream's number; 0: not yet */
    int64_t last_start;                         /* of any session */
    uint64_t measured;                          /* numbers that came after the warm-up */
    uint64_t numbers;
    char first_break[REASON_SIZE + 64]; /* which stream, when and why; empty: none broke */
};
extern struct fleet_heard fleet_heard;

/* Adds a case with the fixture to a suite. */
TCase *add_fleet_case(Suite *suite, const char *name);

/* The server of the test; the plan gets its target, and its interval unless it has scripts. */
void fleet_serve(int64_t interval_ns, unsigned every, const struct lie_settings *lie);
void fleet_serve_truth(int64_t interval_ns);
void fleet_serve_scripts(const struct script *scripts, size_t count);

/* Makes the fleet; run_fleet does so if it was not done. */
void prepare_fleet(void);

/* Runs it to the end. */
void run_fleet(void);

/* Frees it; the tear-down does so too. */
void free_fleet(void);

/* What runs this stream. In the thread that runs it, or once the fleet has run. */
const struct subscription *subscription_of(unsigned stream);

/* The test fails unless everything that was expected came and was right, in this many sessions. */
void expect_fleet_proven(uint64_t session_count);

#endif
