/*
 * What a runner has just found wrong, as a violation: which stream and session, where in it, on
 * which connection, and when. For the runner's thread.
 */
#ifndef COMMS_CLIENT_RUN_RUNNER_VIOLATION_H
#define COMMS_CLIENT_RUN_RUNNER_VIOLATION_H

#include "client/run/runner.h"

/* By a wrong verdict on a message, which was `number` if it was one. */
struct violation runner_violation(const struct runner *runner, enum verdict verdict,
                                  uint64_t number);

/* By a number that came so late, in nanoseconds, that --max-lateness forbids it. */
struct violation runner_violation_late(const struct runner *runner, int64_t late_ns);

#endif
