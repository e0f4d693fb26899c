#include "shared/base/log.h"

#include "shared/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 512 };

static enum log_level max_level = LOG_LEVEL_INFO;

static const char *const level_names[] = {"error", "warn ", "info ", "debug"};

void log_set_level(enum log_level level)
{
    max_level = level;
}

bool log_is_enabled(enum log_level level)
{
    return level <= max_level;
}

void log_event(enum log_level level, const char *event, const char *keys, ...)
{
    if (!log_is_enabled(level)) {
        return;
    }
    struct timespec now;
    struct tm utc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc) == NULL) {
        return;
    }
    char line[LINE_SIZE];
    /* One byte stays free for the newline; the size that snprintf wanted tells where it was cut. */
    const size_t size = sizeof line - 1;
    size_t used = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &utc);
    used +=
        (size_t)snprintf(line + used, size - used, ".%03dZ %s %s%s", (int)(now.tv_nsec / 1000000),
                         level_names[level], event, keys[0] == '\0' ? "" : " ");
    if (used < size) {
        va_list arguments;
        va_start(arguments, keys);
        int length = vsnprintf(line + used, size - used, keys, arguments);
        va_end(arguments);
        used += length > 0 ? (size_t)length : 0;
    }
    if (used > size - 1) {
        used = size - 1;
    }
    text_make_printable(line);
    line[used++] = '\n';
    /* Where the log cannot be written there is nobody to tell. */
    ssize_t written = write(STDERR_FILENO, line, used);
    (void)written;
}
