#include "shared/base/log.h"

#include "shared/base/log_sink.h"
#include "shared/base/log_writer.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static enum log_level max_level = LOG_LEVEL_INFO;
static enum log_format line_format = LOG_FORMAT_TEXT;
static bool has_priorities;

void log_set_level(enum log_level level)
{
    max_level = level;
}

void log_set_format(enum log_format format)
{
    const enum log_format chosen = isatty(STDERR_FILENO) ? LOG_FORMAT_TEXT : LOG_FORMAT_LOGFMT;
    line_format = format == LOG_FORMAT_AUTO ? chosen : format;
}

void log_set_priorities(bool are_written)
{
    has_priorities = are_written;
}

bool log_is_enabled(enum log_level level)
{
    return level <= max_level;
}

size_t log_compose(enum log_level level, const char *event, const struct log_field *fields,
                   char line[static LOG_LINE_SIZE])
{
    struct log_record record = {.level = level,
                                .event = event,
                                .fields = fields,
                                .format = line_format,
                                .has_priority = has_priorities,
                                .has_whole_uuids = log_is_enabled(LOG_LEVEL_DEBUG)};
    (void)clock_gettime(CLOCK_REALTIME, &record.time);
    return log_sink_write(&record, line);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    char line[LOG_LINE_SIZE];
    log_writer_put(line, log_compose(level, event, fields, line));
}

void log_complain(const char *program, const char *reason)
{
    if (line_format != LOG_FORMAT_TEXT) {
        const struct log_field fields[] = {log_text("reason", reason), LOG_NO_FIELD};
        log_write(LOG_LEVEL_ERROR, "failed", fields);
        return;
    }
    char line[LOG_LINE_SIZE];
    int length = snprintf(line, sizeof line, "%s%s: %s\n",
                          has_priorities ? LOG_PRIORITY_OF_ERRORS : "", program, reason);
    size_t used = length < LOG_LINE_SIZE ? (size_t)length : LOG_LINE_SIZE;
    line[used - 1] = '\n';
    log_writer_put(line, used);
}
