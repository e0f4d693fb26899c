#include "test/kit/log_lines.h"

#include <stdbool.h>
#include <string.h>

/* Whether the bytes are printable ASCII, all of them. */
static bool are_printable(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (line[i] < ' ' || line[i] > '~') {
            return false;
        }
    }
    return true;
}

/* The length of a value in quotes, which it ends with; 0: they are not closed. */
static size_t quoted_length(const char *value, const char *end)
{
    for (const char *at = value + 1; at < end; at++) {
        if (*at == '"') {
            return (size_t)(at - value) + 1;
        }
        at += *at == '\\';
    }
    return 0;
}

/* Reads `key=value`, moves *at behind it, and adds it. */
static bool read_pair(json_t *object, const char **at, const char *end)
{
    static const char key_bytes[] = "abcdefghijklmnopqrstuvwxyz-";
    char key[64];
    const char *value = memchr(*at, '=', (size_t)(end - *at));
    const size_t key_length = value == NULL ? 0 : (size_t)(value - *at);
    if (key_length == 0 || key_length >= sizeof key) {
        return false;
    }
    memcpy(key, *at, key_length);
    key[key_length] = '\0';
    value++;
    const bool is_quoted = value < end && *value == '"';
    const char *blank = memchr(value, ' ', (size_t)(end - value));
    const size_t bare = (size_t)((blank == NULL ? end : blank) - value);
    const size_t length = is_quoted ? quoted_length(value, end) : bare;
    json_t *read =
        is_quoted ? json_loadb(value, length, JSON_DECODE_ANY, NULL) : json_stringn(value, length);
    const bool is_right =
        length > 0 && strspn(key, key_bytes) == key_length &&
        json_object_get(object, key) == NULL &&
        (is_quoted || (memchr(value, '"', length) == NULL && memchr(value, '=', length) == NULL));
    *at = value + length;
    return json_object_set_new(object, key, read) == 0 && is_right;
}

json_t *log_line_read_logfmt(const char *line, size_t length)
{
    json_t *object = json_object();
    const char *end = line + length;
    bool is_right = are_printable(line, length) && read_pair(object, &line, end);
    while (is_right && line < end) {
        is_right = *line == ' ';
        line++;
        is_right = is_right && read_pair(object, &line, end);
    }
    if (!is_right) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

json_t *log_line_read_json(const char *line, size_t length)
{
    json_t *object =
        are_printable(line, length) ? json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (object != NULL && !json_is_object(object)) {
        json_decref(object);
        object = NULL;
    }
    return object;
}
