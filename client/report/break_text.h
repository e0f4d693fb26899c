/* The words for breaks: names for people and for programs, and hints. For any thread. */
#ifndef COMMS_CLIENT_REPORT_BREAK_TEXT_H
#define COMMS_CLIENT_REPORT_BREAK_TEXT_H

#include "client/measure/break_table.h"

#include <stdbool.h>

/* A word for programs, such as "connection_reset" or "rst_stream"; static. */
const char *break_cause_name(enum break_cause cause);

/* Room for any name, NUL included. */
enum { BREAK_NAME_SIZE = 64 };

/* For people: "connection reset", "RST_STREAM (INTERNAL_ERROR)", "HTTP status 502", "UNAVAILABLE".
 */
void break_name(struct break_kind kind, char name[static BREAK_NAME_SIZE]);

enum { BREAK_HINT_SIZE = 240 };

/*
 * What the times of a row's breaks suggest, such as `412 streams died at 60.0 s ± 0.1 s: looks like
 * a request time-out or a maximum age of connections in between`. False, and an empty text, if they
 * do not cluster, are few, or are the client's own doing; or if they came at once, and were of
 * attempts alone, not of streams that `had_lived`.
 */
bool break_row_hint(const struct break_row *row, bool had_lived, char hint[static BREAK_HINT_SIZE]);

#endif
