#include "shared/base/option_value.h"

#include "shared/base/number.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool texts_add(struct texts *texts, const char *text)
{
    const char **items = realloc(texts->items, (texts->count + 1) * sizeof *items);
    if (items == NULL) {
        return false;
    }
    texts->items = items;
    texts->items[texts->count++] = text;
    return true;
}

void option_value_describe(const struct option_row *row, char wanted[static OPTION_WANTED_SIZE])
{
    switch (row->kind) {
    case OPTION_NUMBER:
        (void)snprintf(wanted, OPTION_WANTED_SIZE, "a number from %" PRIu64 " to %" PRIu64,
                       row->min, row->max);
        return;
    case OPTION_DURATION:
        (void)snprintf(wanted, OPTION_WANTED_SIZE, "a duration such as 250ms, 2s or 5m%s%s",
                       row->min == 0 ? ", or 0" : "", row->in_seconds ? ", or seconds" : "");
        return;
    case OPTION_BYTES: {
        char most[BYTES_TEXT_SIZE];
        (void)snprintf(wanted, OPTION_WANTED_SIZE,
                       "bytes such as 1500, 16KiB or 1MiB, from %" PRIu64 " to %s", row->min,
                       bytes_write(row->max, most));
        return;
    }
    case OPTION_CHOICE: {
        size_t used = (size_t)snprintf(wanted, OPTION_WANTED_SIZE, "one of");
        for (size_t i = 0; row->choices[i] != NULL && used < OPTION_WANTED_SIZE; i++) {
            used += (size_t)snprintf(wanted + used, OPTION_WANTED_SIZE - used, "%s %s",
                                     i == 0 ? "" : ",", row->choices[i]);
        }
        return;
    }
    case OPTION_HEADING:
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_TEXTS:
        (void)snprintf(wanted, OPTION_WANTED_SIZE, "%s",
                       row->argument == NULL ? "1" : row->argument);
        return;
    }
}

static bool set_duration(const struct option_row *row, const char *text, int64_t *value)
{
    int64_t ns;
    char in_seconds[32]; /* longer than any duration that is right */
    size_t length = strlen(text);
    if (row->in_seconds && length > 0 && isdigit((unsigned char)text[length - 1])) {
        length = (size_t)snprintf(in_seconds, sizeof in_seconds, "%ss", text);
        if (length >= sizeof in_seconds) {
            return false;
        }
        text = in_seconds;
    }
    if (duration_parse(text, length, &ns) != NUMBER_OK || (uint64_t)ns < row->min) {
        return false;
    }
    *value = ns;
    return true;
}

static bool set_number(const struct option_row *row, const char *text, uint64_t *value)
{
    uint64_t number;
    if (number_parse(text, strlen(text), row->max, &number) != NUMBER_OK || number < row->min) {
        return false;
    }
    *value = number;
    return true;
}

static bool set_bytes(const struct option_row *row, const char *text, uint64_t *value)
{
    uint64_t bytes;
    if (bytes_parse(text, strlen(text), row->max, &bytes) != NUMBER_OK || bytes < row->min) {
        return false;
    }
    *value = bytes;
    return true;
}

static bool set_choice(const struct option_row *row, const char *text, size_t *value)
{
    for (size_t i = 0; row->choices[i] != NULL; i++) {
        if (strcmp(text, row->choices[i]) == 0) {
            *value = i;
            return true;
        }
    }
    return false;
}

/* No line of the printed options could carry it. */
static bool has_control_character(const char *text)
{
    for (; *text != '\0'; text++) {
        if (iscntrl((unsigned char)*text)) {
            return true;
        }
    }
    return false;
}

static bool is_text(const struct option_row *row, const char *text)
{
    return text[0] != '\0' && !has_control_character(text) &&
           (row->check == NULL || row->check(text) == NULL);
}

bool option_value_set(const struct option_row *row, const char *text, void *values)
{
    void *value = (char *)values + row->field;
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)value = true;
        return text == NULL || strcmp(text, "1") == 0;
    case OPTION_NUMBER:
        return set_number(row, text, value);
    case OPTION_DURATION:
        return set_duration(row, text, value);
    case OPTION_BYTES:
        return set_bytes(row, text, value);
    case OPTION_CHOICE:
        return set_choice(row, text, value);
    case OPTION_TEXT:
        *(const char **)value = text;
        return is_text(row, text);
    case OPTION_TEXTS:
        return is_text(row, text) && texts_add(value, text);
    case OPTION_HEADING:
        break;
    }
    return false;
}

static void print_text(const struct option_row *row, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:,@%+=";
    if (text == NULL) {
        return;
    }
    (void)printf("--%s ", row->name);
    if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
        (void)printf("%s\n", text);
        return;
    }
    (void)putchar('\'');
    for (const char *c = text; *c != '\0'; c++) {
        (void)(*c == '\'' ? fputs("'\\''", stdout) : putchar(*c));
    }
    (void)fputs("'\n", stdout);
}

void option_value_print(const struct option_row *row, const void *values)
{
    const void *value = (const char *)values + row->field;
    char duration[DURATION_TEXT_SIZE];
    char bytes[BYTES_TEXT_SIZE];
    switch (row->kind) {
    case OPTION_HEADING:
        return;
    case OPTION_FLAG:
        (void)(*(const bool *)value ? printf("--%s\n", row->name) : 0);
        return;
    case OPTION_NUMBER:
        (void)printf("--%s %" PRIu64 "\n", row->name, *(const uint64_t *)value);
        return;
    case OPTION_DURATION:
        (void)printf("--%s %s\n", row->name, duration_write(*(const int64_t *)value, duration));
        return;
    case OPTION_BYTES:
        (void)printf("--%s %s\n", row->name, bytes_write(*(const uint64_t *)value, bytes));
        return;
    case OPTION_CHOICE:
        (void)printf("--%s %s\n", row->name, row->choices[*(const size_t *)value]);
        return;
    case OPTION_TEXT:
        print_text(row, *(const char *const *)value);
        return;
    case OPTION_TEXTS:
        for (size_t i = 0; i < ((const struct texts *)value)->count; i++) {
            print_text(row, ((const struct texts *)value)->items[i]);
        }
        return;
    }
}

enum options_result option_value_complain(const struct options *options,
                                          const struct option_row *row, const char *name,
                                          const char *text)
{
    const char *dots = strlen(text) > OPTION_SHOWN_MAX ? "..." : "";
    if (row->kind == OPTION_TEXTS && is_text(row, text)) { /* only texts_add can have failed */
        return options_complain(options, "cannot keep %s '%.*s%s': out of memory", name,
                                OPTION_SHOWN_MAX, text, dots);
    }
    const bool is_of_texts = row->kind == OPTION_TEXT || row->kind == OPTION_TEXTS;
    if (is_of_texts && has_control_character(text)) {
        return options_complain(options, "invalid %s '%.*s%s': it has a control character", name,
                                OPTION_SHOWN_MAX, text, dots);
    }
    if (row->check != NULL && text[0] != '\0') {
        return options_complain(options, "invalid %s '%.*s%s': %s", name, OPTION_SHOWN_MAX, text,
                                dots, row->check(text));
    }
    char wanted[OPTION_WANTED_SIZE];
    option_value_describe(row, wanted);
    return options_complain(options, "invalid %s '%.*s%s': expected %s", name, OPTION_SHOWN_MAX,
                            text, dots, wanted);
}
