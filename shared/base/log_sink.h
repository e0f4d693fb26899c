/*
 * How a log line looks. A sink turns a record into bytes, and does nothing else: log.c takes the
 * time and writes the line. Pure functions, for any thread.
 */
#ifndef COMMS_SHARED_BASE_LOG_SINK_H
#define COMMS_SHARED_BASE_LOG_SINK_H

#include "shared/base/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Room for the longest line, its newline included. */
enum { LOG_LINE_SIZE = 512 };

struct log_record {
    struct timespec time; /* of CLOCK_REALTIME */
    enum log_level level;
    const char *event;
    const struct log_field *fields; /* end with a LOG_END */
    bool has_whole_uuids;           /* false: a uuid has its first 8 digits only */
};

/*
 * Writes `2026-01-31T12:00:00.123Z info  EVENT key=value key="a text"` and a newline, no NUL, and
 * returns the length. In quotes, `"` and `\` are escaped by a backslash, and what is not printable
 * ASCII is \xNN. A field that does not fit is left out with all that follow; a value in quotes is
 * cut instead, and its closing quote stays.
 */
size_t log_sink_text(const struct log_record *record, char line[static LOG_LINE_SIZE]);

#endif
