/*
 * What the server refuses or ends with an error, and why, as rows for people: connections, streams
 * before a worker has them, and streams that a worker ends. Pure functions, except the reading, for
 * any thread.
 */
#ifndef COMMS_SERVER_ADMIN_REFUSAL_ROWS_H
#define COMMS_SERVER_ADMIN_REFUSAL_ROWS_H

#include "server/admin/sources.h"

#include <stddef.h>
#include <stdint.h>

enum { REFUSAL_ROWS = CONNECTION_REFUSALS - 1 + REFUSAL_REASONS + ERROR_COUNT - 1 };

/* Counts since the start. */
struct refusal_rows {
    uint64_t counts[REFUSAL_ROWS];
};

/* `counts` has the errors of streams that workers have ended. */
void refusal_rows_read(const struct admin_sources *sources, const struct counts *counts,
                       struct refusal_rows *ret_rows);

/* Static texts: what was refused, and why. */
const char *refusal_rows_what(size_t row);
const char *refusal_rows_reason(size_t row);

#endif
