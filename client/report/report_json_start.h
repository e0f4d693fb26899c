/* The part of the result's JSON that is known before the run. For one thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_JSON_START_H
#define COMMS_CLIENT_REPORT_REPORT_JSON_START_H

#include "client/plan.h"

#include <jansson.h>
#include <time.h>

/* Makes "start"; `began` is the wall clock. NULL if memory is missing. */
json_t *report_json_start(const struct plan *plan, const struct timespec *began);

#endif
