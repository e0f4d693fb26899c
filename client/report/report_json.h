/* The result as JSON: client/report/result.schema.json says what is in it. For one thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_JSON_H
#define COMMS_CLIENT_REPORT_REPORT_JSON_H

#include "client/measure/result.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Each is false with errno set where the file did not take it or memory is missing; what the file
 * still buffers is not flushed.
 */

/* Writes the whole result, in lines for people to read. */
bool report_json_write(const struct result *result, FILE *file);

/* Writes one interval as a line of JSON (--json-stream). */
bool report_json_write_sample(const struct sample *sample, FILE *file);

/* Writes what follows these lines, as the last: the whole result but for the intervals. */
bool report_json_write_end(const struct result *result, FILE *file);

#endif
