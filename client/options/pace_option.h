/* The pace of the numbers, and the time-outs that follow it. For the main thread. */
#ifndef COMMS_CLIENT_OPTIONS_PACE_OPTION_H
#define COMMS_CLIENT_OPTIONS_PACE_OPTION_H

#include "client/plan.h"

#include <stdint.h>

/* What interval_ns and stall_timeout_ns of a plan are while no option has set them. */
#define PACE_NOT_GIVEN INT64_C(-1)

/* NULL, or what --rate must be. */
const char *pace_option_check_rate(const char *text);

/*
 * Completes the interval, that of --rate, the stall time-out and the connect time-out of the plan.
 *
 * The stall time-out follows the pace (measure/server_pace): a stream that is quiet between two
 * numbers has not stalled. NULL, or what is wrong.
 */
const char *pace_option_complete(struct plan *plan);

#endif
