/*
 * How many numbers the sessions of a runner have, if they are as long as fits in the time of the
 * run. For the runner's thread.
 *
 * At an interval that is known, the time that is left tells. At full speed nothing does before the
 * run: a stateless session, whose server knows no N, then ends when the time is over; a stateful
 * one is sized by the speed that was seen, the first one being small.
 */
#ifndef COMMS_CLIENT_RUN_RUNNER_LENGTH_H
#define COMMS_CLIENT_RUN_RUNNER_LENGTH_H

#include "client/run/runner.h"

#include <stdint.h>

/* Numbers of the session that begins now. What the runner knows of the one before is still there.
 */
uint32_t runner_length_next(const struct runner *runner, int64_t now);

/* The server's interval is known, or another one: whether the session ends with the time. */
void runner_length_set_interval(struct runner *runner, int64_t interval_ns);

/*
 * A number has come, at the last activity, in a session that ends with the time: ends the session
 * with this number if it is time, or moves its end further away, before anybody asks whether it is
 * complete.
 */
void runner_length_follow(struct runner *runner);

#endif
