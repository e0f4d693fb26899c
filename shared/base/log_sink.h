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

struct log_record {
    struct timespec time; /* of CLOCK_REALTIME */
    enum log_level level;
    const char *event;
    const struct log_field *fields; /* end with a LOG_END */
    enum log_format format;         /* not LOG_FORMAT_AUTO */
    bool has_priority;              /* the line begins with <N>, for the journal */
    bool has_whole_uuids;           /* false: a uuid has its first 8 digits only */
};

/* What has_priority puts before a line of LOG_LEVEL_ERROR. */
#define LOG_PRIORITY_OF_ERRORS "<3>"

/*
 * Writes a line and its newline, no NUL, and returns the length:
 *
 *     text    2026-01-31T12:00:00.123Z info   session left sent=3 reason="a text"
 *     logfmt  time=2026-01-31T12:00:00.123Z level=info event="session left" sent=3 reason="a text"
 *     JSON    {"time":"2026-01-31T12:00:00.123Z","level":"info","event":"session left","sent":3,…}
 *
 * The line is printable ASCII. A text escapes `"` and `\` by a backslash, and has other bytes as
 * \xNN; logfmt and JSON have what text_escape_json writes. A field that does not fit is left out
 * with all that follow; a value that may need quotes is cut instead, never within a character, and
 * its closing quote stays. JSON stays an object.
 */
size_t log_sink_write(const struct log_record *record, char line[static LOG_LINE_SIZE]);

#endif
