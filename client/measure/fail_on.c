#include "client/measure/fail_on.h"

#include "client/measure/result.h"
#include "shared/base/number.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_TIME, KIND_COUNT, KIND_RATE };

/* A metric, and where in the result it stands. */
struct metric {
    const char *name;
    enum kind kind;
    size_t place;
    double quantile; /* KIND_TIME: of the histogram at `place`; above 1: its maximum */
};

enum { MAXIMUM = 2 };

#define TIMES(name)                                                                                \
    {#name "_p50", KIND_TIME, offsetof(struct result, name), 0.5},                                 \
        {#name "_p90", KIND_TIME, offsetof(struct result, name), 0.9},                             \
        {#name "_p99", KIND_TIME, offsetof(struct result, name), 0.99},                            \
        {#name "_p999", KIND_TIME, offsetof(struct result, name), 0.999},                          \
    {                                                                                              \
#name "_max", KIND_TIME, offsetof(struct result, name), MAXIMUM                            \
    }
#define COUNT(name)                                                                                \
    {                                                                                              \
#name, KIND_COUNT, offsetof(struct result, counts.name), 0                                 \
    }

static const struct metric metrics[] = {
    TIMES(first),
    TIMES(resume),
    TIMES(gap),
    TIMES(late),
    COUNT(resumes),
    COUNT(breaks),
    COUNT(late),
    COUNT(lost),
    COUNT(repeated),
    COUNT(reordered),
    COUNT(corrupt),
    COUNT(violations),
    {"throughput", KIND_RATE, 0, 0},
};

static const char expected[] =
    "expected METRIC>VALUE (or >= < <=), such as resume_p99>2s, breaks>100 or throughput<5000; "
    "--help has the metrics";

static const char blanks[] = " \t";

static bool find_metric(const char *name, size_t length, size_t *ret_metric)
{
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        if (strlen(metrics[i].name) == length && strncmp(metrics[i].name, name, length) == 0) {
            *ret_metric = i;
            return true;
        }
    }
    return false;
}

static bool parse_limit(enum kind kind, const char *text, double *ret_limit)
{
    uint64_t number = 0;
    int64_t ns = 0;
    bool good = kind == KIND_TIME
                    ? duration_parse(text, strlen(text), &ns) == NUMBER_OK
                    : number_parse(text, strlen(text), UINT64_MAX, &number) == NUMBER_OK;
    if (good) {
        *ret_limit = kind == KIND_TIME ? (double)ns : (double)number;
    }
    return good;
}

static bool parse(const char *text, struct fail_on *ret_condition,
                  char error[static FAIL_ON_ERROR_SIZE])
{
    static const enum fail_on_relation relations[2][2] = {{FAIL_ON_BELOW, FAIL_ON_AT_MOST},
                                                          {FAIL_ON_ABOVE, FAIL_ON_AT_LEAST}};
    ret_condition->text = text;
    text += strspn(text, blanks);
    size_t length = strcspn(text, "<> \t");
    if (!find_metric(text, length, &ret_condition->metric)) {
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
    enum kind kind = metrics[ret_condition->metric].kind;
    if (!parse_limit(kind, text, &ret_condition->limit)) {
        (void)snprintf(error, FAIL_ON_ERROR_SIZE, "invalid value '%.60s': expected %s", text,
                       kind == KIND_TIME ? "a time with a unit, such as 250ms" : "a whole number");
        return false;
    }
    return true;
}

bool fail_on_add(struct fail_on_list *list, const char *text, char error[static FAIL_ON_ERROR_SIZE])
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

bool fail_on_is_duration(const struct fail_on *condition)
{
    return metrics[condition->metric].kind == KIND_TIME;
}

double fail_on_value(const struct fail_on *condition, const struct result *result)
{
    const struct metric *metric = &metrics[condition->metric];
    const char *place = (const char *)result + metric->place;
    switch (metric->kind) {
    case KIND_TIME: {
        const struct histogram *histogram = (const struct histogram *)(const void *)place;
        if (metric->quantile < MAXIMUM) {
            return (double)histogram_quantile(histogram, metric->quantile);
        }
        return histogram->count == 0 ? 0 : (double)histogram->max;
    }
    case KIND_COUNT:
        return (double)*(const uint64_t *)(const void *)place;
    case KIND_RATE:
        break;
    }
    return result_throughput(result);
}

bool fail_on_holds(const struct fail_on *condition, const struct result *result)
{
    double value = fail_on_value(condition, result);
    switch (condition->relation) {
    case FAIL_ON_ABOVE:
        return value > condition->limit;
    case FAIL_ON_AT_LEAST:
        return value >= condition->limit;
    case FAIL_ON_BELOW:
        return value < condition->limit;
    case FAIL_ON_AT_MOST:
        break;
    }
    return value <= condition->limit;
}
