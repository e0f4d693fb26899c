#include "client/options/fail_on_option.h"

#include "client/measure/fail_on.h"
#include "shared/base/number.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the value of a condition is. */
enum value { VALUE_COUNT, VALUE_DURATION, VALUE_RATE, VALUE_BYTES, VALUE_RATIO };

static const char *const wanted[] = {[VALUE_COUNT] = "a whole number",
                                     [VALUE_DURATION] = "a time with a unit, such as 250ms",
                                     [VALUE_RATE] = "a number, such as 5000 or 7.9",
                                     [VALUE_BYTES] = "bytes a second, such as 1500 or 100MiB",
                                     [VALUE_RATIO] = "a ratio B/A, such as 0.9 or 1.5"};

static const char expected[] =
    "expected METRIC>VALUE (or >= < <=), such as resume_p99>2s, breaks>100 or throughput<5000, and "
    "perhaps 'or none'; --help has the metrics";

static const char expected_ratio[] =
    "expected METRIC>RATIO (or >= < <=), such as late_p99>1.5 or throughput<0.9, and perhaps 'or "
    "none'; comms-client --help has the metrics";

static const char blanks[] = " \t";

/* Digits, perhaps with a point among them. */
static bool parse_decimal(const char *text, size_t length, double *ret_value)
{
    static const char digits[] = "0123456789";
    enum { DECIMAL_SIZE = 32 };
    char copy[DECIMAL_SIZE];
    if (length >= sizeof copy) {
        return false;
    }
    (void)snprintf(copy, sizeof copy, "%.*s", (int)length, text);
    size_t whole = strspn(copy, digits);
    size_t fraction = copy[whole] == '.' ? strspn(copy + whole + 1, digits) : 0;
    if (whole == 0 || whole + (fraction > 0 ? 1 + fraction : 0) != length) {
        return false;
    }
    *ret_value = strtod(copy, NULL);
    return true;
}

static bool parse_limit(enum value value, const char *text, size_t length, double *ret_limit)
{
    uint64_t number = 0;
    int64_t ns = 0;
    bool good = false;
    switch (value) {
    case VALUE_RATIO:
    case VALUE_RATE:
        return parse_decimal(text, length, ret_limit);
    case VALUE_DURATION:
        good = duration_parse(text, length, &ns) == NUMBER_OK;
        break;
    case VALUE_BYTES:
        good = bytes_parse(text, length, UINT64_MAX, &number) == NUMBER_OK;
        break;
    case VALUE_COUNT:
        good = number_parse(text, length, UINT64_MAX, &number) == NUMBER_OK;
        break;
    }
    if (good) {
        *ret_limit = value == VALUE_DURATION ? (double)ns : (double)number;
    }
    return good;
}

/* The length of the blanks and the words `or none` that end the text; 0: it does not end so. */
static size_t ending_length(const char *text)
{
    static const char *const words[] = {"none", "or"}; /* backwards */
    size_t length = strlen(text);
    size_t left = length;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t word = strlen(words[i]);
        if (left <= word || strncmp(text + left - word, words[i], word) != 0 ||
            strchr(blanks, text[left - word - 1]) == NULL) {
            return 0;
        }
        left -= word;
        while (left > 0 && strchr(blanks, text[left - 1]) != NULL) {
            left--;
        }
    }
    return length - left;
}

static bool parse(const char *text, bool is_ratio, struct fail_on *ret_condition,
                  char error[static FAIL_ON_ERROR_SIZE])
{
    const char *usage = is_ratio ? expected_ratio : expected;
    static const enum fail_on_relation relations[2][2] = {{FAIL_ON_BELOW, FAIL_ON_AT_MOST},
                                                          {FAIL_ON_ABOVE, FAIL_ON_AT_LEAST}};
    ret_condition->text = text;
    text += strspn(text, blanks);
    size_t length = strcspn(text, "<> \t");
    if (!fail_on_find_metric(text, length, &ret_condition->metric)) {
        (void)snprintf(error, FAIL_ON_ERROR_SIZE, "no metric is called '%.*s': %s", (int)length,
                       text, usage);
        return false;
    }
    text += length + strspn(text + length, blanks);
    if (*text != '<' && *text != '>') {
        (void)snprintf(error, FAIL_ON_ERROR_SIZE, "%s", usage);
        return false;
    }
    bool or_equal = text[1] == '=';
    ret_condition->relation = relations[*text == '>' ? 1 : 0][or_equal ? 1 : 0];
    text += or_equal ? 2 : 1;
    text += strspn(text, blanks);
    enum value value = is_ratio                                       ? VALUE_RATIO
                       : fail_on_is_duration(ret_condition->metric)   ? VALUE_DURATION
                       : fail_on_is_bytes_rate(ret_condition->metric) ? VALUE_BYTES
                       : fail_on_is_rate(ret_condition->metric)       ? VALUE_RATE
                                                                      : VALUE_COUNT;
    size_t ending = ending_length(text);
    ret_condition->or_none = ending > 0;
    if (!parse_limit(value, text, strlen(text) - ending, &ret_condition->limit)) {
        (void)snprintf(error, FAIL_ON_ERROR_SIZE, "invalid value '%.60s': expected %s%s", text,
                       wanted[value],
                       strpbrk(text, blanks) == NULL ? "" : ", perhaps followed by 'or none'");
        return false;
    }
    return true;
}

static bool add(struct fail_on_list *list, const char *text, bool is_ratio,
                char error[static FAIL_ON_ERROR_SIZE])
{
    struct fail_on condition;
    if (!parse(text, is_ratio, &condition, error)) {
        return false;
    }
    struct fail_on *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (items == NULL) {
        (void)snprintf(error, FAIL_ON_ERROR_SIZE, "out of memory");
        return false;
    }
    list->items = items;
    list->items[list->count++] = condition;
    return true;
}

bool fail_on_option_add(struct fail_on_list *list, const char *text,
                        char error[static FAIL_ON_ERROR_SIZE])
{
    return add(list, text, false, error);
}

bool fail_on_option_add_ratio(struct fail_on_list *list, const char *text,
                              char error[static FAIL_ON_ERROR_SIZE])
{
    return add(list, text, true, error);
}
