/*
 * Everything that the client tells of a run: on standard output the text of a session
 * (session_text) or of many (run_text), or JSON; and the files of --json and --html. The room knows
 * the plan, what is told of sessions and the result, but nothing of how a run is done.
 *
 * Threads: main's; only a single session is printed by the thread of its loop while that runs, and
 * then main prints nothing. There are no locks.
 */
#ifndef COMMS_CLIENT_REPORT_REPORT_H
#define COMMS_CLIENT_REPORT_REPORT_H

#include "client/measure/result.h"
#include "client/plan.h"
#include "client/report/run_text.h"
#include "client/report/session_text.h"

#include <stdbool.h>
#include <stdio.h>

struct report {
    const struct plan *plan; /* not owned */
    struct output output;
    struct session_text session_text;
    struct run_text run_text;
    FILE *json_file; /* NULL: none; opened by report_begin, closed by report_end */
    FILE *html_file;
};

/* Prepares it; prints and opens nothing. It must not move from here on. */
void report_init(struct report *report, const struct plan *plan);

/* Who has to hear of each session while it runs; NULL: nobody. Valid as long as the report. */
const struct session_listener *report_session_listener(const struct report *report);

/*
 * Opens the files, so that a path that cannot be written is told before the run, and prints what is
 * about to be done. False if that failed; the reason was told.
 */
bool report_begin(struct report *report);

/*
 * An interval is over: the listener of a fleet, `context` being the report. False if that could not
 * be printed; the reason was told.
 */
bool report_interval(void *context, const struct sample *sample, const struct sample *previous);

/*
 * Prints what the run came to, and writes and closes the files. `session` is that of the first
 * stream. False if any of it failed; the reasons were told.
 */
bool report_end(struct report *report, const struct result *result,
                const struct session_end *session);

#endif
