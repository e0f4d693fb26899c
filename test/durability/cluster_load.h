/*
 * comms-client with many sessions, as the witness of a trial: it checks every number, and tells
 * all the time how many of its streams are live. For the test's own thread.
 */
#ifndef COMMS_TEST_DURABILITY_CLUSTER_LOAD_H
#define COMMS_TEST_DURABILITY_CLUSTER_LOAD_H

#include "test/kit/instrument.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct cluster_load_settings {
    unsigned port; /* of 127.0.0.1 */
    unsigned streams;
    unsigned seconds;     /* a session has as many numbers as fit, unless `numbers` says how many */
    unsigned numbers;     /* of a session; 0: as many as fit */
    const char *interval; /* the servers' --interval */
    const char *stall_timeout; /* the client's --stall-timeout */
};

struct cluster_load {
    struct program *client;
    unsigned streams;
    json_t *result; /* NULL until its end */
};

/* Starts it, and waits until all streams are live at one time. If their sessions end before that,
 * on a machine that has much else to do, it starts anew, with twice the seconds. */
void cluster_load_start(struct cluster_load *load, const struct cluster_load_settings *settings);

/* Waits until all streams are live at one time; the test fails after some time. False: the client
 * has ended before. */
bool cluster_load_await_live(struct cluster_load *load);

/* Waits until this time on the monotonic clock, in nanoseconds, to a tenth of a second. */
void cluster_load_wait_until(struct cluster_load *load, int64_t until);

/* Waits for the client's end, and returns its exit status. */
int cluster_load_wait_end(struct cluster_load *load);

/* Waits for its end, and fails the test unless every number of every stream is proven. */
void cluster_load_expect_proven(struct cluster_load *load);

/* The milliseconds from a break to the next number, if there was one: `percentile` is p50_ns,
 * p99_ns or max_ns. */
uint64_t cluster_load_resume_ms(const struct cluster_load *load, const char *percentile);

/* Prints what it was for, the resumes with their times, and the proof. */
void cluster_load_print(const struct cluster_load *load, const char *what);

void cluster_load_cleanup(struct cluster_load *load);

#endif
