#include "client/measure/pace.h"

#include "shared/base/clock.h"

void pace_start(struct pace *pace, int64_t interval_ns, int64_t now)
{
    *pace = (struct pace){.interval_ns = interval_ns,
                          .started_at = now,
                          .broke_at = CLOCK_NEVER,
                          .last_at = CLOCK_NEVER,
                          .due = CLOCK_NEVER};
}

void pace_set_interval(struct pace *pace, int64_t interval_ns)
{
    pace->interval_ns = interval_ns;
    if (interval_ns == 0) {
        pace->due = CLOCK_NEVER;
    }
}

void pace_break(struct pace *pace, int64_t now)
{
    if (pace->broke_at == CLOCK_NEVER) {
        pace->broke_at = now;
    }
}

int64_t pace_end(struct pace *pace, int64_t now)
{
    int64_t resume = pace->broke_at == CLOCK_NEVER ? CLOCK_NEVER : now - pace->broke_at;
    pace->broke_at = CLOCK_NEVER;
    return resume;
}

struct pace_times pace_number(struct pace *pace, int64_t now, uint64_t steps)
{
    struct pace_times times = {CLOCK_NEVER, CLOCK_NEVER, CLOCK_NEVER, CLOCK_NEVER};
    bool has_resumed = pace->broke_at != CLOCK_NEVER;
    if (pace->last_at == CLOCK_NEVER) {
        times.first = now - pace->started_at;
    } else {
        times.gap = now - pace->last_at;
    }
    if (has_resumed) {
        times.resume = now - pace->broke_at;
        pace->broke_at = CLOCK_NEVER;
    }
    if (pace->interval_ns > 0) {
        if (pace->due != CLOCK_NEVER) {
            pace->due += (int64_t)(steps - 1) * pace->interval_ns;
            times.late = now > pace->due ? now - pace->due : 0;
        }
        bool begins_anew = pace->due == CLOCK_NEVER || has_resumed || now < pace->due;
        pace->due = (begins_anew ? now : pace->due) + pace->interval_ns;
    }
    pace->last_at = now;
    return times;
}
