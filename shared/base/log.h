/*
 * Log lines on stderr: time, level, event, its keys. A line is one write, so lines of several
 * threads never mix. Every function may be called from any thread; the level is set before threads
 * start.
 */
#ifndef COMMS_SHARED_BASE_LOG_H
#define COMMS_SHARED_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above this level are not written. LOG_LEVEL_INFO at first. */
void log_set_level(enum log_level level);

/* Whether a line of this level would be written: asked first where its arguments cost something. */
bool log_is_enabled(enum log_level level);

/*
 * Writes `2026-01-31T12:00:00.123Z info  EVENT KEYS`. `keys` is a format of "key=value" words, or
 * "". Bytes that are not printable become '?'; a line that is too long is cut.
 */
void log_event(enum log_level level, const char *event, const char *keys, ...)
    __attribute__((format(printf, 3, 4)));

#endif
