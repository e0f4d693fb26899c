/* The result as JSON, as client/report/result.schema.json describes it. For one thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_JSON_H
#define COMMS_CLIENT_REPORT_REPORT_JSON_H

#include "client/measure/break_notes.h"
#include "client/measure/result.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* Raised when a member gets another meaning or is left out; a new member changes nothing. */
enum { REPORT_JSON_SCHEMA_VERSION = 1 };

/*
 * Each function returns false with errno set if the write failed or memory is missing. None flushes
 * the file.
 */

/* Writes the whole result, in lines for people to read. */
bool report_json_write(const struct result *result, FILE *file);

/*
 * The lines of --json-stream: `start` before all others; what the first server announced; an
 * interval; why streams broke, a line for
 * each reason; and `end`, which has the whole result except its intervals.
 */
bool report_json_write_start(const struct plan *plan, const struct timespec *began, FILE *file);
bool report_json_write_server(const struct announcement *server, FILE *file);
bool report_json_write_sample(const struct sample *sample, FILE *file);
bool report_json_write_breaks(const struct break_notes *notes, FILE *file);
bool report_json_write_end(const struct result *result, FILE *file);

/* Writes start and end of the same, without what fills pages: buckets, course and violations. */
bool report_json_write_figures(const struct result *result, FILE *file);

#endif
