/* The pace of the numbers, and the time-outs that follow it. For the main thread. */
#ifndef COMMS_CLIENT_OPTIONS_PACE_OPTION_H
#define COMMS_CLIENT_OPTIONS_PACE_OPTION_H

#include "client/plan.h"

#include <stdint.h>

/* What interval_ns and stall_timeout_ns of a plan are while no option has set them. */
#define PACE_NOT_GIVEN INT64_C(-1)

/*
 * Completes the interval, the stall time-out and the connect time-out of the plan.
 *
 * The stall time-out follows the pace: a stream that is quiet between two numbers has not stalled.
 * Three intervals, so that one number may be late. NULL, or what is wrong.
 */
const char *pace_option_complete(struct plan *plan);

#endif
