#include "shared/base/log_sink.h"

#include "shared/base/clock.h"
#include "shared/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One byte of the line stays free for the newline. */
enum { TEXT_SIZE = LOG_LINE_SIZE - 1, NUMBER_SIZE = 48, SHORT_UUID_LENGTH = 8 };

struct output {
    char *line;
    size_t used;
};

static const char *const level_names[] = {[LOG_LEVEL_ERROR] = "error ",
                                          [LOG_LEVEL_WARN] = "warn  ",
                                          [LOG_LEVEL_NOTICE] = "notice",
                                          [LOG_LEVEL_INFO] = "info  ",
                                          [LOG_LEVEL_DEBUG] = "debug "};

static size_t room(const struct output *output)
{
    return TEXT_SIZE - output->used;
}

static void put(struct output *output, const char *bytes, size_t length)
{
    memcpy(output->line + output->used, bytes, length);
    output->used += length;
}

/* Writes the event, which has no quotes: what is not printable becomes '?'. */
static void put_event(struct output *output, const char *event)
{
    for (; *event != '\0' && room(output) > 0; event++) {
        put(output, text_is_printable(*event) ? event : "?", 1);
    }
}

static bool put_beginning(struct output *output, const struct log_record *record)
{
    struct tm utc;
    if (gmtime_r(&record->time.tv_sec, &utc) == NULL) {
        return false;
    }
    char text[NUMBER_SIZE];
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    length += (size_t)snprintf(text + length, sizeof text - length, ".%03dZ %s ",
                               (int)(record->time.tv_nsec / NS_PER_MS), level_names[record->level]);
    put(output, text, length);
    put_event(output, record->event);
    return true;
}

/* Writes ` key=` and the value; false, and nothing written, where there is no room for both. */
static bool put_bare(struct output *output, const char *key, const char *value)
{
    size_t key_length = strlen(key);
    size_t value_length = strlen(value);
    if (key_length + value_length + 2 > room(output)) {
        return false;
    }
    put(output, " ", 1);
    put(output, key, key_length);
    put(output, "=", 1);
    put(output, value, value_length);
    return true;
}

/* Writes ` key="value"`; false where the value was cut, or nothing was written. */
static bool put_quoted(struct output *output, const char *key, const char *value)
{
    if (room(output) < 1 + strlen(key) + sizeof "=\"\"" - 1) {
        return false;
    }
    (void)put_bare(output, key, "\"");
    for (; *value != '\0'; value++) {
        char escaped[1 + TEXT_ESCAPE_SIZE] = "\\";
        bool is_special = *value == '"' || *value == '\\';
        size_t length = text_escape(*value, escaped + 1);
        if (length + is_special + 1 > room(output)) {
            break;
        }
        put(output, is_special ? escaped : escaped + 1, length + is_special);
    }
    put(output, "\"", 1);
    return *value == '\0';
}

static bool is_ascii_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Whether a word needs no quotes: nothing in it ends a value, begins a quote or looks like a key.
 */
static bool is_harmless(const char *word)
{
    static const char punctuation[] = "-_./:[]%+@,~";
    if (*word == '\0') {
        return false;
    }
    for (; *word != '\0'; word++) {
        if (!is_ascii_alphanumeric(*word) && strchr(punctuation, *word) == NULL) {
            return false;
        }
    }
    return true;
}

static bool put_word(struct output *output, const char *key, const char *word)
{
    return is_harmless(word) ? put_bare(output, key, word) : put_quoted(output, key, word);
}

static bool put_number(struct output *output, const char *key, uint64_t number)
{
    char text[NUMBER_SIZE];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    return put_bare(output, key, text);
}

static bool put_duration(struct output *output, const char *key, int64_t duration_ns)
{
    char text[NUMBER_SIZE];
    uint64_t ns = duration_ns < 0 ? 0 - (uint64_t)duration_ns : (uint64_t)duration_ns;
    int length = snprintf(text, sizeof text, "%s%" PRIu64 ".%06" PRIu64, duration_ns < 0 ? "-" : "",
                          ns / (uint64_t)NS_PER_MS, ns % (uint64_t)NS_PER_MS);
    while (text[length - 1] == '0') {
        length--;
    }
    if (text[length - 1] == '.') {
        length--;
    }
    memcpy(text + length, "ms", sizeof "ms");
    return put_bare(output, key, text);
}

/* Who knows a whole uuid can take the session over. */
static bool put_uuid(struct output *output, const char *key, const struct uuid *uuid, bool is_whole)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(uuid, text);
    if (!is_whole) {
        text[SHORT_UUID_LENGTH] = '\0';
    }
    return put_bare(output, key, text);
}

/* False where no further field may follow. */
static bool put_field(struct output *output, const struct log_field *field, bool has_whole_uuids)
{
    switch (field->kind) {
    case LOG_TEXT:
        return field->value.text == NULL || put_quoted(output, field->key, field->value.text);
    case LOG_WORD:
    case LOG_ADDRESS:
        return field->value.text == NULL || put_word(output, field->key, field->value.text);
    case LOG_NUMBER:
        return put_number(output, field->key, field->value.number);
    case LOG_DURATION:
        return put_duration(output, field->key, field->value.duration_ns);
    case LOG_UUID:
        return put_uuid(output, field->key, field->value.uuid, has_whole_uuids);
    case LOG_END:
        break;
    }
    return false;
}

size_t log_sink_text(const struct log_record *record, char line[static LOG_LINE_SIZE])
{
    struct output output = {.line = line};
    if (!put_beginning(&output, record)) {
        return 0;
    }
    const struct log_field *field = record->fields;
    while (put_field(&output, field, record->has_whole_uuids)) {
        field++;
    }
    put(&output, "\n", 1);
    return output.used;
}
