/*
 * What a runner has just found wrong, noted as a violation: in which stream and session, where in
 * it, on which connection, and when. For the runner's thread.
 */
#ifndef COMMS_CLIENT_RUN_RUNNER_VIOLATION_H
#define COMMS_CLIENT_RUN_RUNNER_VIOLATION_H

#include "client/run/runner.h"

/* A message got a wrong verdict; `number` is what came, if it was a number. */
void runner_note_wrong(struct runner *runner, enum verdict verdict, uint64_t number);

/* A number came this much after it was due, in nanoseconds, which --max-lateness forbids. */
void runner_note_late(struct runner *runner, int64_t late_ns);

#endif
