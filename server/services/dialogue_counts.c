#include "server/services/dialogue_counts.h"

#include "shared/base/clock.h"
#include "shared/base/counter.h"

#include <stddef.h>

const int64_t lateness_bounds_ns[LATENESS_BOUNDS] = {
    1 * NS_PER_MS,  2 * NS_PER_MS,   5 * NS_PER_MS,   10 * NS_PER_MS,  20 * NS_PER_MS,
    50 * NS_PER_MS, 100 * NS_PER_MS, 200 * NS_PER_MS, 500 * NS_PER_MS, NS_PER_S};

void dialogue_counters_resume(struct dialogue_counters *counters, bool is_take_over)
{
    if (counters != NULL) {
        counter_add(&counters->resumes, 1);
        counter_add(&counters->take_overs, is_take_over);
    }
}

void dialogue_counters_lateness(struct dialogue_counters *counters, int64_t lateness_ns)
{
    if (counters == NULL) {
        return;
    }
    size_t bucket = 0; /* nearly always the first one */
    while (bucket < LATENESS_BOUNDS && lateness_ns > lateness_bounds_ns[bucket]) {
        bucket++;
    }
    counter_add(&counters->lateness[bucket], 1);
    counter_add(&counters->lateness_ns, (uint64_t)lateness_ns);
}

void dialogue_counters_add_to(const struct dialogue_counters *counters,
                              struct dialogue_counts *counts)
{
    counts->resumes += counter_read(&counters->resumes);
    counts->take_overs += counter_read(&counters->take_overs);
    for (size_t i = 0; i < LATENESS_BUCKETS; i++) {
        counts->lateness[i] += counter_read(&counters->lateness[i]);
    }
    counts->lateness_ns += counter_read(&counters->lateness_ns);
}
