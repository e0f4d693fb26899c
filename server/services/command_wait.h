/*
 * How long a stream may wait for its first command: a client that never speaks must not keep a
 * thread for ever. For one thread.
 */
#ifndef COMMS_SERVER_SERVICES_COMMAND_WAIT_H
#define COMMS_SERVER_SERVICES_COMMAND_WAIT_H

#include "shared/base/clock.h"
#include "shared/protocol/error.h"

#include <stdbool.h>
#include <stdint.h>

struct command_wait {
    const struct clock *clock;
    int64_t timeout_ns; /* nanoseconds */
    int64_t due;        /* end of the wait, time on the clock; CLOCK_NEVER: it has not begun */
};

void command_wait_init(struct command_wait *wait, const struct clock *clock, int64_t timeout_ns);

/*
 * Whether the time for a command is over. The first call begins the wait: before it the stream may
 * have waited for its turn, and could receive nothing. True: *ret_failure is ERROR_NO_COMMAND, and
 * says to send `wanted`. False: *ret_due is the end of the wait, a time on the clock.
 */
bool command_wait_is_over(struct command_wait *wait, const char *wanted,
                          struct failure *ret_failure, int64_t *ret_due);

#endif
