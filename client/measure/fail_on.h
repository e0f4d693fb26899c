/*
 * The conditions of --fail-on: how they are read, and whether a result meets them. For one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_FAIL_ON_H
#define COMMS_CLIENT_MEASURE_FAIL_ON_H

#include "client/plan.h"

#include <stdbool.h>

struct result;

enum { FAIL_ON_ERROR_SIZE = 256 };

/*
 * Reads METRIC RELATION VALUE (relations: > >= < <=; blanks between them do not matter) and appends
 * it to the list; `text` must outlive the list. False, and the list is as before, if it is no
 * condition (the error says what would be one) or if memory is missing.
 */
bool fail_on_add(struct fail_on_list *list, const char *text,
                 char error[static FAIL_ON_ERROR_SIZE]);

/* Whether the metric of the condition is a duration; else it is a count or a rate. */
bool fail_on_is_duration(const struct fail_on *condition);

/* The value that the result has of the condition's metric: nanoseconds if it is a duration. */
double fail_on_value(const struct fail_on *condition, const struct result *result);

/* Whether the result meets the condition: then the run fails. */
bool fail_on_holds(const struct fail_on *condition, const struct result *result);

#endif
