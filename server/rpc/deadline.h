/*
 * The deadline that a client sets for its call. C core's own check of it is off, because its filter
 * costs every number; the worker ends the stream in its place.
 */
#ifndef COMMS_SERVER_RPC_DEADLINE_H
#define COMMS_SERVER_RPC_DEADLINE_H

#include "shared/base/clock.h"

#include <grpc/support/time.h>

#include <stdint.h>

/* A call's deadline as a time on the clock; CLOCK_NEVER: it has none, or one after decades. */
int64_t deadline_read(gpr_timespec deadline, const struct clock *clock);

#endif
