/* How a condition of --fail-on is read. For the main thread. */
#ifndef COMMS_CLIENT_OPTIONS_FAIL_ON_OPTION_H
#define COMMS_CLIENT_OPTIONS_FAIL_ON_OPTION_H

#include "client/plan.h"

#include <stdbool.h>

enum { FAIL_ON_ERROR_SIZE = 256 };

/*
 * Reads METRIC RELATION VALUE (relations: > >= < <=; blanks between them do not matter), perhaps
 * followed by `or none`, and appends
 * it to the list; `text` must outlive the list. False, and the list is as before, if it is no
 * condition (the error says what would be one) or if memory is missing.
 */
bool fail_on_option_add(struct fail_on_list *list, const char *text,
                        char error[static FAIL_ON_ERROR_SIZE]);

/*
 * The same for `compare`: the value is a ratio, such as 0.9 or 1.5, whatever the metric is.
 */
bool fail_on_option_add_ratio(struct fail_on_list *list, const char *text,
                              char error[static FAIL_ON_ERROR_SIZE]);

#endif
