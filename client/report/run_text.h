/*
 * The text of a run of many streams, on standard output: what is about to be done, a line an
 * interval, and at the end what the run came to. For one thread.
 */
#ifndef COMMS_CLIENT_REPORT_RUN_TEXT_H
#define COMMS_CLIENT_REPORT_RUN_TEXT_H

#include "client/measure/result.h"
#include "client/plan.h"

#include <stdbool.h>

struct run_text {
    const struct plan *plan; /* not owned */
    bool is_terminal;        /* a line an interval overwrites the one before it */
    unsigned lines;          /* intervals printed so far */
};

void run_text_init(struct run_text *text, const struct plan *plan);

/* Each prints; none flushes. */

/* What is about to be done. */
void run_text_begin(const struct run_text *text);

/* An interval; `previous` is NULL at the first. */
void run_text_interval(struct run_text *text, const struct sample *sample,
                       const struct sample *previous);

/* What the run came to. */
void run_text_end(const struct run_text *text, const struct result *result);

/* Of run_text_end only the conditions of --fail-on. */
void run_text_conditions(const struct result *result);

#endif
