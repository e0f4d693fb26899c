/*
 * The text of a run of many streams, on standard output: the plan, a line for each interval, and
 * the result at the end. For one thread.
 */
#ifndef COMMS_CLIENT_REPORT_RUN_TEXT_H
#define COMMS_CLIENT_REPORT_RUN_TEXT_H

#include "client/measure/result.h"
#include "client/plan.h"

#include <stdbool.h>

struct run_text {
    const struct plan *plan; /* not owned */
    bool is_terminal;        /* the line of an interval overwrites the line before it */
    unsigned lines;          /* intervals printed so far */
};

void run_text_init(struct run_text *text, const struct plan *plan);

/* Each function below prints; none flushes. */

/* The plan. */
void run_text_begin(const struct run_text *text);

/* An interval; `previous` is NULL at the first. */
void run_text_interval(struct run_text *text, const struct sample *sample,
                       const struct sample *previous);

/* The result. */
void run_text_end(const struct run_text *text, const struct result *result);

/* Only the part of run_text_end about the conditions of --fail-on. */
void run_text_conditions(const struct result *result);

#endif
