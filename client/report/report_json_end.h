/* The parts of the result's JSON that are known only at its end. For one thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_JSON_END_H
#define COMMS_CLIENT_REPORT_REPORT_JSON_END_H

#include "client/measure/result.h"

#include <jansson.h>

/* Makes "end"; NULL if memory is missing. */
json_t *report_json_end(const struct result *result);

/* Sets cause, code and name of a break. */
void report_json_set_kind(json_t **object, struct break_kind kind);

/* Sets what a server announced. */
void report_json_set_server(json_t **object, const struct announcement *server);

/* Makes the counts of the end or of an interval; NULL if memory is missing. */
json_t *report_json_counts(const struct counts *counts);

#endif
