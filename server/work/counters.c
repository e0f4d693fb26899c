#include "server/work/counters.h"

#include "shared/base/clock.h"
#include "shared/base/counter.h"

#include <stddef.h>

/* The first eleven are what Prometheus's clients take for an RPC; streams live longer. */
const int64_t stream_time_bounds_ns[STREAM_TIME_BOUNDS] = {
    5 * NS_PER_MS,    10 * NS_PER_MS,  25 * NS_PER_MS,  50 * NS_PER_MS,
    100 * NS_PER_MS,  250 * NS_PER_MS, 500 * NS_PER_MS, NS_PER_S,
    5 * NS_PER_S / 2, 5 * NS_PER_S,    10 * NS_PER_S,   30 * NS_PER_S,
    60 * NS_PER_S,    300 * NS_PER_S,  1800 * NS_PER_S, 7200 * NS_PER_S};

void counters_add_to(const struct counters *counters, const struct service *service,
                     struct counts *counts)
{
    struct service_counts *sums = &counts->services[service->number];
    sums->received += counter_read(&counters->received);
    sums->sent += counter_read(&counters->sent);
}

/* The status that the stream ended with: OK after a message about the failure, for old clients. */
static enum status status_of(const struct service *service, const struct failure *outcome)
{
    uint8_t bytes[SERVICE_ERROR_MAX];
    const bool ends_with_ok =
        service->fails_with_ok && service_encode_failure(service, outcome, bytes) > 0;
    return ends_with_ok ? STATUS_OK : error_status(outcome->error);
}

void counts_add_end(struct counts *counts, const struct service *service, int64_t lifetime_ns,
                    bool is_finished, const struct failure *outcome)
{
    struct service_counts *sums = &counts->services[service->number];
    size_t bucket = 0;
    while (bucket < STREAM_TIME_BOUNDS && lifetime_ns > stream_time_bounds_ns[bucket]) {
        bucket++;
    }
    sums->lifetimes[bucket]++;
    sums->lifetime_ns += (uint64_t)lifetime_ns;
    sums->handled[is_finished ? status_of(service, outcome) : STATUS_CANCELLED]++;
    if (is_finished && outcome->error != ERROR_NONE) {
        counts->failures[outcome->error]++;
    }
}

struct service_counts counts_sum(const struct counts *counts)
{
    struct service_counts sum = {.started = 0};
    for (size_t i = 0; i < SERVICES_MAX; i++) {
        const struct service_counts *service = &counts->services[i];
        sum.started += service->started;
        sum.received += service->received;
        sum.sent += service->sent;
        sum.lifetime_ns += service->lifetime_ns;
        for (size_t k = 0; k < STATUS_COUNT; k++) {
            sum.handled[k] += service->handled[k];
        }
        for (size_t k = 0; k < STREAM_TIME_BUCKETS; k++) {
            sum.lifetimes[k] += service->lifetimes[k];
        }
    }
    return sum;
}
