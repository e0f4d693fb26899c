#include "client/measure/bounds.h"

#include "client/report/result.h"
#include "shared/base/number.h"
#include "shared/page/format.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_TIME, KIND_COUNT, KIND_RATE };

/* Where in the result a metric is found. */
struct metric {
    const char *name;
    enum kind kind;
    size_t place;
    double quantile; /* KIND_TIME: of the histogram there; above 1: its maximum */
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

static bool parse(const char *text, struct bound *ret_bound, char error[static BOUND_ERROR_SIZE])
{
    static const enum bound_relation relations[2][2] = {{BOUND_BELOW, BOUND_AT_MOST},
                                                        {BOUND_ABOVE, BOUND_AT_LEAST}};
    ret_bound->text = text;
    text += strspn(text, blanks);
    size_t length = strcspn(text, "<> \t");
    if (!find_metric(text, length, &ret_bound->metric)) {
        (void)snprintf(error, BOUND_ERROR_SIZE, "no metric is called '%.*s': %s", (int)length, text,
                       expected);
        return false;
    }
    text += length + strspn(text + length, blanks);
    if (*text != '<' && *text != '>') {
        (void)snprintf(error, BOUND_ERROR_SIZE, "%s", expected);
        return false;
    }
    bool or_equal = text[1] == '=';
    ret_bound->relation = relations[*text == '>' ? 1 : 0][or_equal ? 1 : 0];
    text += or_equal ? 2 : 1;
    text += strspn(text, blanks);
    enum kind kind = metrics[ret_bound->metric].kind;
    if (!parse_limit(kind, text, &ret_bound->limit)) {
        (void)snprintf(error, BOUND_ERROR_SIZE, "invalid value '%.60s': expected %s", text,
                       kind == KIND_TIME ? "a time with a unit, such as 250ms" : "a whole number");
        return false;
    }
    return true;
}

bool bounds_add(struct bounds *bounds, const char *text, char error[static BOUND_ERROR_SIZE])
{
    struct bound bound;
    if (!parse(text, &bound, error)) {
        return false;
    }
    struct bound *items = realloc(bounds->items, (bounds->count + 1) * sizeof *items);
    if (items == NULL) {
        (void)snprintf(error, BOUND_ERROR_SIZE, "out of memory");
        return false;
    }
    bounds->items = items;
    bounds->items[bounds->count++] = bound;
    return true;
}

void bounds_cleanup(struct bounds *bounds)
{
    free(bounds->items);
    *bounds = (struct bounds){.count = 0};
}

double bound_value(const struct bound *bound, const struct result *result)
{
    const struct metric *metric = &metrics[bound->metric];
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

bool bound_is_broken(const struct bound *bound, const struct result *result)
{
    double value = bound_value(bound, result);
    switch (bound->relation) {
    case BOUND_ABOVE:
        return value > bound->limit;
    case BOUND_AT_LEAST:
        return value >= bound->limit;
    case BOUND_BELOW:
        return value < bound->limit;
    case BOUND_AT_MOST:
        break;
    }
    return value <= bound->limit;
}

void bound_format_value(const struct bound *bound, const struct result *result,
                        char text[static BOUND_VALUE_SIZE])
{
    double value = bound_value(bound, result);
    if (metrics[bound->metric].kind == KIND_TIME) {
        (void)format_duration((int64_t)value, text);
    } else {
        (void)format_count((uint64_t)value, text);
    }
}
