/*
 * The metrics of a result by name, and whether a result meets a condition of --fail-on. For any
 * thread.
 */
#ifndef COMMS_CLIENT_MEASURE_FAIL_ON_H
#define COMMS_CLIENT_MEASURE_FAIL_ON_H

#include "client/plan.h"

#include <stdbool.h>
#include <stddef.h>

struct result;

/* Finds a metric by its name, `length` bytes long. *ret_metric is for struct fail_on. */
bool fail_on_find_metric(const char *name, size_t length, size_t *ret_metric);

/* Whether the metric is a duration; else it is a count or a rate. */
bool fail_on_is_duration(size_t metric);

/* The value that the result has of the condition's metric: nanoseconds if it is a duration. */
double fail_on_value(const struct fail_on *condition, const struct result *result);

/* Whether the result meets the condition: then the run fails. */
bool fail_on_holds(const struct fail_on *condition, const struct result *result);

#endif
