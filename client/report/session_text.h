/*
 * The text of a single session: on standard output the lines of the original client, on standard
 * error what the client does about a broken stream. While the session runs it belongs to the thread
 * of its loop, before and after that to the main thread.
 */
#ifndef COMMS_CLIENT_REPORT_SESSION_TEXT_H
#define COMMS_CLIENT_REPORT_SESSION_TEXT_H

#include "client/plan.h"
#include "client/report/output.h"
#include "client/verify/session_event.h"

#include <stdbool.h>

struct session_text {
    const struct plan *plan;          /* not owned */
    struct output *output;            /* not owned */
    struct session_listener listener; /* prints what it hears */
    bool has_verdict;                 /* the verdict was printed: with the last message */
};

/* Prepares it; prints nothing. It must not move from here on: the listener points to it. */
void session_text_init(struct session_text *text, const struct plan *plan, struct output *output);

/* Prints mode, port (or target, if it has no port), N and uuid. */
void session_text_begin(const struct session_text *text);

/*
 * Prints the end of the session: the verdict unless the last message brought it, and on standard
 * error what went wrong. `signal_number` is the signal that stopped it, or 0.
 */
void session_text_end(struct session_text *text, const struct session_end *end, int signal_number);

#endif
