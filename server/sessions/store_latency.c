#include "server/sessions/store_latency.h"

#include "shared/base/clock.h"
#include "shared/base/counter.h"

#include <stddef.h>

/* From a fast disk's to a member of etcd that is far away. */
const int64_t store_latency_bounds_ns[STORE_LATENCY_BOUNDS] = {
    NS_PER_MS / 2,  1 * NS_PER_MS,  2 * NS_PER_MS,   5 * NS_PER_MS,   10 * NS_PER_MS,
    20 * NS_PER_MS, 50 * NS_PER_MS, 100 * NS_PER_MS, 200 * NS_PER_MS, 500 * NS_PER_MS,
    1 * NS_PER_S,   2 * NS_PER_S,   5 * NS_PER_S};

void store_latency_add(struct store_latency *latency, int64_t took_ns)
{
    size_t bucket = 0;
    while (bucket < STORE_LATENCY_BOUNDS && took_ns > store_latency_bounds_ns[bucket]) {
        bucket++;
    }
    counter_add(&latency->buckets[bucket], 1);
    counter_add(&latency->sum_ns, (uint64_t)took_ns);
}

struct store_latency_counts store_latency_read(const struct store_latency *latency)
{
    struct store_latency_counts counts = {.sum_ns = counter_read(&latency->sum_ns)};
    for (size_t i = 0; i < STORE_LATENCY_BUCKETS; i++) {
        counts.buckets[i] = counter_read(&latency->buckets[i]);
    }
    return counts;
}
