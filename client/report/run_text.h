/*
 * The text of a run of many streams, on standard output: the plan, a line for each interval, and
 * the result at the end. For one thread.
 */
#ifndef COMMS_CLIENT_REPORT_RUN_TEXT_H
#define COMMS_CLIENT_REPORT_RUN_TEXT_H

#include "client/measure/break_notes.h"
#include "client/measure/result.h"
#include "client/plan.h"
#include "client/report/progress_line.h"
#include "client/report/terminal.h"

#include <stdbool.h>

struct run_text {
    const struct plan *plan; /* not owned */
    struct terminal terminal;
    struct progress_line line;
    bool has_line; /* an interval was printed */
};

void run_text_init(struct run_text *text, const struct plan *plan);

/* Each function below prints; none flushes. */

/* The plan. */
void run_text_begin(const struct run_text *text);

/* An interval, over the one before it if the terminal can; `previous` is NULL at the first. */
void run_text_interval(struct run_text *text, const struct sample *sample,
                       const struct sample *previous);

/* How the first server announces itself, behind the plan. Nothing if an interval was printed by
 * then: the result tells it. */
void run_text_announced(const struct run_text *text, const struct announcement *server);

/* Removes the line of the interval, if the terminal can: something else is to be printed. */
void run_text_clear_line(struct run_text *text);

/* Why streams broke, above the line of the interval; with --quiet too. */
void run_text_broken(struct run_text *text, const struct break_notes *notes);

/* The result. */
void run_text_end(const struct run_text *text, const struct result *result);

/* Only the part of run_text_end about the conditions of --fail-on. */
void run_text_conditions(const struct terminal *terminal, const struct result *result);

#endif
