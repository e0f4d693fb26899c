/* The result as JSON, as client/report/result.schema.json describes it. For one thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_JSON_H
#define COMMS_CLIENT_REPORT_REPORT_JSON_H

#include "client/measure/result.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Each function returns false with errno set if the write failed or memory is missing. None flushes
 * the file.
 */

/* Writes the whole result, in lines for people to read. */
bool report_json_write(const struct result *result, FILE *file);

/* Writes one interval as a line of JSON (--json-stream). */
bool report_json_write_sample(const struct sample *sample, FILE *file);

/* Writes the last line of --json-stream: the whole result except its intervals. */
bool report_json_write_end(const struct result *result, FILE *file);

/* Writes start and end of the same, without what fills pages: buckets, course and violations. */
bool report_json_write_figures(const struct result *result, FILE *file);

#endif
