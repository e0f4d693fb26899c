/*
 * What the tests of the result's JSON share: a result, what is written of it, and the schema that
 * it must keep to. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_JSON_FIXTURE_H
#define COMMS_TEST_KIT_JSON_FIXTURE_H

#include "client/measure/result.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { JSON_SAMPLES = 3, JSON_INVALID = 3 };

extern struct plan json_plan;
extern struct result json_result;
extern struct sample json_samples[JSON_SAMPLES];
extern char *json_written; /* what was written last */

/* Begin a result: with nothing in it, or with something in every place that can hold something. */
void begin_empty_result(void);
void begin_full_result(void);

/* A test's tear-down. */
void end_result(void);

/* What is written to this file until it is closed becomes json_written. */
FILE *open_json(void);

/* Writes the result as a file, or as the lines of --json-stream. */
void write_json(void);
void write_json_lines(void);

/* Checks what was written against the schema; the test fails unless the check exits with this. */
void expect_schema(bool is_lines, int wanted);

/* The same for the schema at this path. */
void expect_schema_of(const char *schema, bool is_lines, int wanted);

/* The test fails unless this is part of what was written, byte for byte. */
void expect_json(const char *part);

/* Reads what was written; to be freed by json_decref. */
json_t *read_json(void);

#endif
