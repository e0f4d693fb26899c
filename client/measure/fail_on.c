#include "client/measure/fail_on.h"

#include "client/measure/result.h"

#include <stddef.h>
#include <stdint.h>
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
    COUNT(failed_attempts),
    COUNT(late),
    COUNT(lost),
    COUNT(repeated),
    COUNT(reordered),
    COUNT(corrupt),
    COUNT(violations),
    {"throughput", KIND_RATE, 0, 0},
};

bool fail_on_find_metric(const char *name, size_t length, size_t *ret_metric)
{
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        if (strlen(metrics[i].name) == length && strncmp(metrics[i].name, name, length) == 0) {
            *ret_metric = i;
            return true;
        }
    }
    return false;
}

bool fail_on_is_duration(size_t metric)
{
    return metrics[metric].kind == KIND_TIME;
}

bool fail_on_is_rate(size_t metric)
{
    return metrics[metric].kind == KIND_RATE;
}

bool fail_on_is_measured(const struct fail_on *condition, const struct result *result)
{
    const struct metric *metric = &metrics[condition->metric];
    const char *place = (const char *)result + metric->place;
    switch (metric->kind) {
    case KIND_TIME:
        return ((const struct histogram *)(const void *)place)->count > 0;
    case KIND_COUNT:
        return metric->place != offsetof(struct result, counts.late) || result->interval_ns > 0;
    case KIND_RATE:
        break;
    }
    return result_has_throughput(result);
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
    if (!fail_on_is_measured(condition, result)) {
        return !condition->or_none;
    }
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
