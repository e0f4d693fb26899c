#include "shared/base/log_sink.h"

#include "shared/base/clock.h"
#include "shared/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    NUMBER_SIZE = 48,
    TIME_SIZE = 48,
    SHORT_UUID_LENGTH = 8,
    ESCAPE_SIZE = TEXT_JSON_SIZE /* of a character in quotes, in any format */
};

/* What a format has around keys and values, and how it has what cannot stand as it is. */
struct form {
    const char *opening;
    const char *between; /* two fields */
    const char *before_key;
    const char *after_key;
    const char *closing; /* of the line */
    bool quotes_all;     /* values that are no numbers, also where they need no quotes */
    /* As text_escape_json. */
    size_t (*escape)(const char *text, char escaped[static ESCAPE_SIZE], size_t *ret_length);
};

static size_t escape_byte(const char *text, char escaped[static ESCAPE_SIZE], size_t *ret_length)
{
    const bool is_special = *text == '"' || *text == '\\';
    escaped[0] = '\\';
    *ret_length = 1;
    return is_special + text_escape(*text, escaped + is_special);
}

static const struct form forms[] = {
    [LOG_FORMAT_TEXT] = {"", " ", "", "=", "\n", false, escape_byte},
    [LOG_FORMAT_LOGFMT] = {"", " ", "", "=", "\n", false, text_escape_json},
    [LOG_FORMAT_JSON] = {"{", ",", "\"", "\":", "}\n", true, text_escape_json},
};

static const struct {
    const char *name;
    const char *priority; /* of syslog(3) */
} levels[] = {[LOG_LEVEL_ERROR] = {"error", LOG_PRIORITY_OF_ERRORS},
              [LOG_LEVEL_WARN] = {"warn", "<4>"},
              [LOG_LEVEL_NOTICE] = {"notice", "<5>"},
              [LOG_LEVEL_INFO] = {"info", "<6>"},
              [LOG_LEVEL_DEBUG] = {"debug", "<7>"}};

struct output {
    const struct form *form;
    char *line;
    size_t used;
    size_t end;      /* where the closing of the line has to begin at the latest */
    bool has_fields; /* the next field is not the first one */
};

static size_t room(const struct output *output)
{
    return output->end - output->used;
}

static void put(struct output *output, const char *bytes, size_t length)
{
    memcpy(output->line + output->used, bytes, length);
    output->used += length;
}

static void put_string(struct output *output, const char *string)
{
    put(output, string, strlen(string));
}

/* Writes all that comes before the value; false, and nothing written, where a value of this number
 * of bytes would not fit. */
static bool put_key(struct output *output, const char *key, size_t value_length)
{
    const struct form *form = output->form;
    const char *between = output->has_fields ? form->between : "";
    const size_t length =
        strlen(between) + strlen(form->before_key) + strlen(key) + strlen(form->after_key);
    if (length + value_length > room(output)) {
        return false;
    }
    put_string(output, between);
    put_string(output, form->before_key);
    put_string(output, key);
    put_string(output, form->after_key);
    output->has_fields = true;
    return true;
}

static bool put_bare(struct output *output, const char *key, const char *value)
{
    const bool fits = put_key(output, key, strlen(value));
    if (fits) {
        put_string(output, value);
    }
    return fits;
}

/* Writes a value in quotes; false where it was cut, or nothing was written. */
static bool put_quoted(struct output *output, const char *key, const char *value)
{
    if (!put_key(output, key, sizeof "\"\"" - 1)) {
        return false;
    }
    put(output, "\"", 1);
    while (*value != '\0') {
        char escaped[ESCAPE_SIZE];
        size_t taken;
        size_t length = output->form->escape(value, escaped, &taken);
        if (length + 1 > room(output)) {
            break;
        }
        put(output, escaped, length);
        value += taken;
    }
    put(output, "\"", 1);
    return *value == '\0';
}

/* Writes a value that needs no quotes, whole or not at all. */
static bool put_harmless(struct output *output, const char *key, const char *value)
{
    if (!output->form->quotes_all) {
        return put_bare(output, key, value);
    }
    const bool fits = put_key(output, key, strlen(value) + sizeof "\"\"" - 1);
    if (fits) {
        put(output, "\"", 1);
        put_string(output, value);
        put(output, "\"", 1);
    }
    return fits;
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
    return is_harmless(word) ? put_harmless(output, key, word) : put_quoted(output, key, word);
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
    return put_harmless(output, key, text);
}

/* Who knows a whole uuid can take the session over. */
static bool put_uuid(struct output *output, const char *key, const struct uuid *uuid, bool is_whole)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(uuid, text);
    if (!is_whole) {
        text[SHORT_UUID_LENGTH] = '\0';
    }
    return put_harmless(output, key, text);
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

static void write_time(const struct timespec *time, char text[static TIME_SIZE])
{
    struct tm utc = {0}; /* stays so if the year is none */
    (void)gmtime_r(&time->tv_sec, &utc);
    size_t length = strftime(text, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text + length, TIME_SIZE - length, ".%03dZ", (int)(time->tv_nsec / NS_PER_MS));
}

/* Time, level and event of a text, which have no keys and no quotes: what is not printable in the
 * event becomes '?'. */
static void put_text_beginning(struct output *output, const struct log_record *record,
                               const char *time)
{
    char text[TIME_SIZE + NUMBER_SIZE];
    int length = snprintf(text, sizeof text, "%s %-*s ", time, (int)sizeof "notice" - 1,
                          levels[record->level].name);
    put(output, text, (size_t)length);
    for (const char *c = record->event; *c != '\0' && room(output) > 0; c++) {
        put(output, text_is_printable(*c) ? c : "?", 1);
    }
    output->has_fields = true;
}

/* False where no field may follow. */
static bool put_beginning(struct output *output, const struct log_record *record)
{
    char time[TIME_SIZE];
    write_time(&record->time, time);
    if (record->has_priority) {
        put_string(output, levels[record->level].priority);
    }
    put_string(output, output->form->opening);
    if (record->format == LOG_FORMAT_TEXT) {
        put_text_beginning(output, record, time);
        return true;
    }
    return put_word(output, "time", time) &&
           put_word(output, "level", levels[record->level].name) &&
           put_word(output, "event", record->event);
}

size_t log_sink_write(const struct log_record *record, char line[static LOG_LINE_SIZE])
{
    const struct form *form = &forms[record->format];
    const size_t closing_length = strlen(form->closing);
    struct output output = {.form = form, .line = line, .end = LOG_LINE_SIZE - closing_length};
    const struct log_field *field = record->fields;
    bool goes_on = put_beginning(&output, record);
    while (goes_on && put_field(&output, field, record->has_whole_uuids)) {
        field++;
    }
    put(&output, form->closing, closing_length);
    return output.used;
}
