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

/* What a user wishes of a metric. */
enum fail_on_wish {
    FAIL_ON_MORE,
    FAIL_ON_LESS,
    FAIL_ON_NONE,   /* 0: every one is a fault */
    FAIL_ON_NEITHER /* it follows from another metric */
};

/* The metrics are 0, 1, … below this, which is FAIL_ON_METRICS_MAX at most. */
enum { FAIL_ON_METRICS_MAX = 64 };
size_t fail_on_metric_count(void);

/* Static. */
const char *fail_on_metric_name(size_t metric);

enum fail_on_wish fail_on_metric_wish(size_t metric);

/*
 * Finds a metric by its name, `length` bytes long; a dash stands for `_`, and `lateness` for
 * `late`. *ret_metric is for struct fail_on.
 */
bool fail_on_find_metric(const char *name, size_t length, size_t *ret_metric);

/* Whether the metric is a duration, or a rate, perhaps one of bytes; else it is a count. */
bool fail_on_is_duration(size_t metric);
bool fail_on_is_rate(size_t metric);
bool fail_on_is_bytes_rate(size_t metric);

/*
 * Whether the result has a value of the condition's metric. Counts are always measured, except
 * `late` if no interval says when a number is due.
 */
bool fail_on_is_measured(const struct fail_on *condition, const struct result *result);

/* That value: nanoseconds if it is a duration. 0 if it was not measured. */
double fail_on_value(const struct fail_on *condition, const struct result *result);

/*
 * Whether the run fails: the result meets the condition, or its metric was not measured and the
 * condition does not allow that.
 */
bool fail_on_holds(const struct fail_on *condition, const struct result *result);

/* Whether this value meets the condition. */
bool fail_on_is_met(const struct fail_on *condition, double value);

#endif
