#include "client/options/fail_on_option.h"

#include "client/measure/fail_on.h"
#include "shared/base/number.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char expected[] =
    "expected METRIC>VALUE (or >= < <=), such as resume_p99>2s, breaks>100 or throughput<5000, and "
    "perhaps 'or none'; --help has the metrics";

static const char blanks[] = " \t";

static bool parse_limit(bool is_duration, const char *text, size_t length, double *ret_limit)
{
    uint64_t number = 0;
    int64_t ns = 0;
    bool good = is_duration ? duration_parse(text, length, &ns) == NUMBER_OK
                            : number_parse(text, length, UINT64_MAX, &number) == NUMBER_OK;
    if (good) {
        *ret_limit = is_duration ? (double)ns : (double)number;
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

static bool parse(const char *text, struct fail_on *ret_condition,
                  char error[static FAIL_ON_ERROR_SIZE])
{
    static const enum fail_on_relation relations[2][2] = {{FAIL_ON_BELOW, FAIL_ON_AT_MOST},
                                                          {FAIL_ON_ABOVE, FAIL_ON_AT_LEAST}};
    ret_condition->text = text;
    text += strspn(text, blanks);
    size_t length = strcspn(text, "<> \t");
    if (!fail_on_find_metric(text, length, &ret_condition->metric)) {
        (void)snprintf(error, FAIL_ON_ERROR_SIZE, "no metric is called '%.*s': %s", (int)length,
                       text, expected);
        return false;
    }
    text += length + strspn(text + length, blanks);
    if (*text != '<' && *text != '>') {
        (void)snprintf(error, FAIL_ON_ERROR_SIZE, "%s", expected);
        return false;
    }
    bool or_equal = text[1] == '=';
    ret_condition->relation = relations[*text == '>' ? 1 : 0][or_equal ? 1 : 0];
    text += or_equal ? 2 : 1;
    text += strspn(text, blanks);
    bool is_duration = fail_on_is_duration(ret_condition->metric);
    size_t ending = ending_length(text);
    ret_condition->or_none = ending > 0;
    if (!parse_limit(is_duration, text, strlen(text) - ending, &ret_condition->limit)) {
        (void)snprintf(error, FAIL_ON_ERROR_SIZE, "invalid value '%.60s': expected %s%s", text,
                       is_duration ? "a time with a unit, such as 250ms" : "a whole number",
                       strpbrk(text, blanks) == NULL ? "" : ", perhaps followed by 'or none'");
        return false;
    }
    return true;
}

bool fail_on_option_add(struct fail_on_list *list, const char *text,
                        char error[static FAIL_ON_ERROR_SIZE])
{
    struct fail_on condition;
    if (!parse(text, &condition, error)) {
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
