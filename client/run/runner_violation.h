/*
 * What a runner has just found wrong, as a violation: which stream and session, where in it, on
 * which connection, and when. For the runner's thread.
 */
#ifndef COMMS_CLIENT_RUN_RUNNER_VIOLATION_H
#define COMMS_CLIENT_RUN_RUNNER_VIOLATION_H

#include "client/run/runner.h"

/* A message got a wrong verdict; `number` is what came, if it was a number. */
struct violation runner_violation(const struct runner *runner, enum verdict verdict,
                                  uint64_t number);

/* A number came this much after it was due, in nanoseconds, which --max-lateness forbids. */
struct violation runner_violation_late(const struct runner *runner, int64_t late_ns);

#endif
