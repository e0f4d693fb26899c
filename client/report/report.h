/*
 * All output of a run: on standard output the text of a single session (session_text) or of many
 * streams (run_text); and the files of --json, --json-stream, --csv, --prometheus and --html. If
 * one of these is standard output, the text goes to standard error. The room knows the plan, the
 * events of sessions and the result, but not how a run is carried out.
 *
 * Threads: the main thread prints. Only a single session is printed by the thread of its loop while
 * it runs; the main thread prints nothing then. There are no locks.
 */
#ifndef COMMS_CLIENT_REPORT_REPORT_H
#define COMMS_CLIENT_REPORT_REPORT_H

#include "client/measure/break_notes.h"
#include "client/measure/result.h"
#include "client/plan.h"
#include "client/report/report_file.h"
#include "client/report/run_text.h"
#include "client/report/session_text.h"

#include <poll.h>
#include <stdbool.h>
#include <time.h>

/* The files, in the order in which they are opened. */
enum report_output {
    REPORT_JSON,
    REPORT_JSON_STREAM,
    REPORT_CSV,
    REPORT_HTML,
    REPORT_PROMETHEUS,
    REPORT_FILES
};

enum {
    REPORT_OUTPUTS = 2 + REPORT_FILES,
    EXIT_CLOSED_PIPE = 128 + 13 /* as if SIGPIPE had ended it, as programs in a pipe end */
};

struct report {
    const struct plan *plan; /* not owned */
    struct output output;
    struct session_text session_text;
    struct run_text run_text;
    struct report_file files[REPORT_FILES]; /* open from report_open to report_end */
    bool has_begun;                         /* the files were emptied */
    struct pollfd outputs[REPORT_OUTPUTS];  /* standard output and error, and the files */
};

/* Prepares it; prints and opens nothing. It must not move from here on. */
void report_init(struct report *report, const struct plan *plan);

/* The listener of the sessions while they run; NULL: none. Valid as long as the report. */
const struct session_listener *report_session_listener(const struct report *report);

/*
 * Opens the files, so that what cannot be written is reported before the run. Returns the exit
 * status: EXIT_SUCCESS; EXIT_OUTPUT if a file or standard output cannot be written; EXIT_USAGE if
 * two outputs go into one file. Then the reason is on standard error, and nothing is open. May wait
 * for the reader of a FIFO, so signals must not be blocked yet.
 */
int report_open(struct report *report);

/* Closes the files that report_end has not written, as the run did not begin; removes new ones. */
void report_discard(struct report *report);

/* The run begins: prints the plan. False if this failed; the reason is on standard error. */
bool report_begin(struct report *report);

/*
 * All threads of the run have started: empties the files, and writes the beginning of those that
 * are written while the run goes on. `started` of struct fleet_listener; `context` is the report.
 * False if this failed, which report_end will return, too; the reason is on standard error.
 */
bool report_started(void *context, const struct timespec *began);

/*
 * Whether an output takes nothing more now, such as a pipe that nobody reads. From any thread,
 * after report_open.
 */
bool report_is_blocked(const struct report *report);

/* The exit status after one of these functions has failed. */
int report_failure_status(const struct report *report);

/*
 * Prints an interval: `interval` of struct fleet_listener; `context` is the report. False if this
 * failed; the reason is on standard error.
 */
bool report_interval(void *context, const struct sample *sample, const struct sample *previous);

/* Prints how the server announces itself, and where it does not agree with the plan: `announced`
 * and `noticed` of struct fleet_listener. Likewise. */
bool report_announced(void *context, const struct announcement *server);
bool report_noticed(void *context, const char *text);

/* Tells why streams broke: `broken` of struct fleet_listener; `context` is the report. Likewise. */
bool report_broken(void *context, const struct break_notes *notes);

/*
 * Prints the result, and writes and closes the files. `session` is the session of the first stream.
 * False if any of this failed; the reasons are on standard error.
 */
bool report_end(struct report *report, const struct result *result,
                const struct session_end *session);

#endif
