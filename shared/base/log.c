#include "shared/base/log.h"

#include "shared/base/log_sink.h"
#include "shared/base/log_writer.h"

static enum log_level max_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    max_level = level;
}

bool log_is_enabled(enum log_level level)
{
    return level <= max_level;
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    struct log_record record = {.level = level,
                                .event = event,
                                .fields = fields,
                                .has_whole_uuids = log_is_enabled(LOG_LEVEL_DEBUG)};
    (void)clock_gettime(CLOCK_REALTIME, &record.time);
    char line[LOG_LINE_SIZE];
    log_writer_put(line, log_sink_text(&record, line));
}
