/* A comparison for programs, as client/compare/comparison.schema.json describes it. For one thread.
 */
#ifndef COMMS_CLIENT_COMPARE_COMPARISON_JSON_H
#define COMMS_CLIENT_COMPARE_COMPARISON_JSON_H

#include "client/compare/comparison.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes it, without a flush. False with errno set if the write failed or memory is missing. */
bool comparison_json_write(const struct comparison *comparison, const struct fail_on_list *fail_on,
                           int exit_status, FILE *file);

#endif
