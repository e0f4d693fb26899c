#include "client/measure/fail_on.h"

#include "client/measure/result.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum kind { KIND_TIME, KIND_COUNT, KIND_RATE, KIND_BYTES_RATE };

/* A metric, and where in the result it stands. */
struct metric {
    const char *name;
    enum kind kind;
    size_t place;
    double quantile; /* KIND_TIME: of the histogram at `place`; above 1: its maximum */
    enum fail_on_wish wish;
};

enum { MAXIMUM = 2 };

#define TIMES(name)                                                                                \
    {#name "_p50", KIND_TIME, offsetof(struct result, name), 0.5, FAIL_ON_LESS},                   \
        {#name "_p90", KIND_TIME, offsetof(struct result, name), 0.9, FAIL_ON_LESS},               \
        {#name "_p99", KIND_TIME, offsetof(struct result, name), 0.99, FAIL_ON_LESS},              \
        {#name "_p999", KIND_TIME, offsetof(struct result, name), 0.999, FAIL_ON_LESS},            \
    {                                                                                              \
#name "_max", KIND_TIME, offsetof(struct result, name), MAXIMUM, FAIL_ON_LESS              \
    }
#define COUNT(name, wish)                                                                          \
    {                                                                                              \
#name, KIND_COUNT, offsetof(struct result, counts.name), 0, wish                           \
    }

static const struct metric metrics[] = {
    TIMES(first),
    TIMES(resume),
    TIMES(gap),
    TIMES(late),
    COUNT(resumes, FAIL_ON_NEITHER),
    COUNT(breaks, FAIL_ON_LESS),
    COUNT(failed_attempts, FAIL_ON_LESS),
    COUNT(late, FAIL_ON_LESS),
    COUNT(lost, FAIL_ON_NONE),
    COUNT(repeated, FAIL_ON_NONE),
    COUNT(reordered, FAIL_ON_NONE),
    COUNT(corrupt, FAIL_ON_NONE),
    COUNT(violations, FAIL_ON_NONE),
    {"throughput", KIND_RATE, 0, 0, FAIL_ON_MORE},
    {"throughput_bytes", KIND_BYTES_RATE, 0, 0, FAIL_ON_MORE},
};

enum { METRICS = sizeof metrics / sizeof metrics[0], NAME_SIZE = 32 };
_Static_assert((int)METRICS <= (int)FAIL_ON_METRICS_MAX, "others have room for all metrics");

/* Other ways to write a name: late_p99 is also lateness-p99. */
static bool normalize(const char *name, size_t length, char normal[static NAME_SIZE])
{
    static const char lateness[] = "lateness";
    const size_t long_size = sizeof lateness - 1;
    const size_t short_size = strlen("late");
    if (length >= NAME_SIZE) {
        return false;
    }
    (void)snprintf(normal, NAME_SIZE, "%.*s", (int)length, name);
    if (strncmp(normal, lateness, long_size) == 0) {
        memmove(normal + short_size, normal + long_size, strlen(normal + long_size) + 1);
    }
    for (char *dash = strchr(normal, '-'); dash != NULL; dash = strchr(dash, '-')) {
        *dash = '_';
    }
    return true;
}

bool fail_on_find_metric(const char *name, size_t length, size_t *ret_metric)
{
    char normal[NAME_SIZE];
    bool good = normalize(name, length, normal);
    for (size_t i = 0; good && i < METRICS; i++) {
        if (strcmp(metrics[i].name, normal) == 0) {
            *ret_metric = i;
            return true;
        }
    }
    return false;
}

size_t fail_on_metric_count(void)
{
    return METRICS;
}

const char *fail_on_metric_name(size_t metric)
{
    return metrics[metric].name;
}

enum fail_on_wish fail_on_metric_wish(size_t metric)
{
    return metrics[metric].wish;
}

bool fail_on_is_duration(size_t metric)
{
    return metrics[metric].kind == KIND_TIME;
}

bool fail_on_is_rate(size_t metric)
{
    return metrics[metric].kind == KIND_RATE || fail_on_is_bytes_rate(metric);
}

bool fail_on_is_bytes_rate(size_t metric)
{
    return metrics[metric].kind == KIND_BYTES_RATE;
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
    case KIND_BYTES_RATE:
        return result_has_bytes_throughput(result);
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
    case KIND_BYTES_RATE:
        return result_bytes_throughput(result);
    case KIND_RATE:
        break;
    }
    return result_throughput(result);
}

bool fail_on_holds(const struct fail_on *condition, const struct result *result)
{
    return fail_on_is_measured(condition, result)
               ? fail_on_is_met(condition, fail_on_value(condition, result))
               : !condition->or_none;
}

bool fail_on_is_met(const struct fail_on *condition, double value)
{
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
