/*
 * Log lines on stderr: time, level, event, fields. The event and the keys are literals of the
 * program; values may be anything, also bytes that a peer sent: the sink quotes and escapes them,
 * so that no value looks like a field or a line of its own. A key is the same kind of field in all
 * events, and is none of `time`, `level` and `event`; the man page of comms-server lists it.
 *
 *     log_event(LOG_LEVEL_INFO, "session left", log_uuid("uuid", &uuid), log_number("sent", sent),
 *               log_text("reason", reason));
 *
 *     2026-01-31T12:00:00.123Z info   session left uuid=a17417a0 sent=3 reason="finished"
 *
 * Every function may be called from any thread; what is set is set before other threads start.
 */
#ifndef COMMS_SHARED_BASE_LOG_H
#define COMMS_SHARED_BASE_LOG_H

#include "shared/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the longest line in bytes, its newline included. */
enum { LOG_LINE_SIZE = 1024 };

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

enum log_format {
    LOG_FORMAT_TEXT,   /* for people */
    LOG_FORMAT_LOGFMT, /* for people and programs: nothing but fields */
    LOG_FORMAT_JSON,   /* an object a line */
    LOG_FORMAT_AUTO    /* text if stderr is a terminal, else logfmt */
};

enum log_kind {
    LOG_END, /* no field: ends an array of fields */
    LOG_TEXT,
    LOG_WORD,
    LOG_NUMBER,
    LOG_DURATION,
    LOG_UUID,
    LOG_ADDRESS
};

/* Made by the functions below. What a field points to must live until the event is written. */
struct log_field {
    enum log_kind kind;
    const char *key;
    union {
        const char *text; /* LOG_TEXT, LOG_WORD, LOG_ADDRESS; NULL: the field is left out */
        uint64_t number;
        int64_t duration_ns;
        const struct uuid *uuid;
    } value;
};

/* Lines above this level are not written. LOG_LEVEL_INFO at first. */
void log_set_level(enum log_level level);

/* LOG_FORMAT_TEXT at first. */
void log_set_format(enum log_format format);

/* Whether each line begins with <N>, its priority, as the journal of systemd reads it. False at
 * first. */
void log_set_priorities(bool are_written);

/* Whether a line of this level would be written. */
bool log_is_enabled(enum log_level level);

/*
 * log_event(level, event, fields...): writes a line with any number of fields, in one write; a line
 * that is too long loses its end. `event` and the fields are evaluated only when the level is
 * enabled, so a disabled line costs one call.
 */
/* NOLINTNEXTLINE(readability-identifier-naming): it is called like a function */
#define log_event(level, ...)                                                                      \
    (log_is_enabled(level)                                                                         \
         ? log_write((level), LOG_FIRST(__VA_ARGS__, LOG_NO_FIELD),                                \
                     (const struct log_field[]){LOG_OTHERS(__VA_ARGS__, LOG_NO_FIELD)})            \
         : (void)0)
#define LOG_FIRST(first, ...)  first
#define LOG_OTHERS(first, ...) __VA_ARGS__
#define LOG_NO_FIELD           ((struct log_field){.kind = LOG_END})

/* Writes the line whatever the level; `fields` ends with a LOG_END. */
void log_write(enum log_level level, const char *event, const struct log_field *fields);

/* Composes the line that log_write would write now, without a NUL, and returns its length. */
size_t log_compose(enum log_level level, const char *event, const struct log_field *fields,
                   char line[static LOG_LINE_SIZE]);

/* Tells the user why the program does not go on: as `program: reason` in text, and as the event
 * `failed` in the other formats. What does not fit into a line is cut off. */
void log_complain(const char *program, const char *reason);

/* Prose, always in quotes; NULL: the field is left out. */
static inline struct log_field log_text(const char *key, const char *text)
{
    return (struct log_field){.kind = LOG_TEXT, .key = key, .value.text = text};
}

/* A name, in quotes only where it needs them; NULL: the field is left out. */
static inline struct log_field log_word(const char *key, const char *word)
{
    return (struct log_field){.kind = LOG_WORD, .key = key, .value.text = word};
}

/* A socket's address as address_describe writes it, quoted as a word is. */
static inline struct log_field log_address(const char *key, const char *address)
{
    return (struct log_field){.kind = LOG_ADDRESS, .key = key, .value.text = address};
}

static inline struct log_field log_number(const char *key, uint64_t number)
{
    return (struct log_field){.kind = LOG_NUMBER, .key = key, .value.number = number};
}

/* In milliseconds, with six decimals at most: 1500ms, 0.25ms. A text in JSON, too. */
static inline struct log_field log_duration(const char *key, int64_t duration_ns)
{
    return (struct log_field){.kind = LOG_DURATION, .key = key, .value.duration_ns = duration_ns};
}

/* Its first 8 digits; whole if the level is LOG_LEVEL_DEBUG. */
static inline struct log_field log_uuid(const char *key, const struct uuid *uuid)
{
    return (struct log_field){.kind = LOG_UUID, .key = key, .value.uuid = uuid};
}

#endif
