/*
 * Records what a runner found wrong as a violation: its stream and session, position, connection
 * and time. For the runner's thread.
 */
#ifndef COMMS_CLIENT_RUN_RUNNER_VIOLATION_H
#define COMMS_CLIENT_RUN_RUNNER_VIOLATION_H

#include "client/run/runner.h"

/* Records a message with a wrong verdict; `number` is its value, if it was a number. */
void runner_note_wrong(struct runner *runner, enum verdict verdict, uint64_t number);

/* Records a number that came `late_ns` nanoseconds after it was due, above --max-lateness. */
void runner_note_late(struct runner *runner, int64_t late_ns);

#endif
