#include "server/services/comms/schedule.h"

/* A worker that was held up catches up by at most one second's numbers. */
#define CATCH_UP_MAX_NS NS_PER_S

void schedule_begin(struct schedule *schedule, const struct clock *clock, int64_t interval_ns,
                    struct dialogue_counters *counters)
{
    *schedule = (struct schedule){.interval_ns = interval_ns,
                                  .clock = clock,
                                  .counters = counters,
                                  .next_due = clock->now(clock)};
}

bool schedule_take_paced(struct schedule *schedule)
{
    int64_t now = schedule->clock->now(schedule->clock);
    if (now < schedule->next_due) {
        return false;
    }
    schedule->late_ns = now - schedule->next_due;
    if (schedule->late_ns > CATCH_UP_MAX_NS) {
        schedule->next_due = now - CATCH_UP_MAX_NS;
    }
    schedule->next_due = clock_add(schedule->next_due, schedule->interval_ns);
    return true;
}

bool schedule_ends_by(const struct schedule *schedule, uint32_t remaining, int64_t deadline)
{
    if (remaining == 0 || schedule->interval_ns == 0) {
        return true;
    }
    int64_t left = deadline - schedule->next_due;
    return left >= 0 && (int64_t)remaining - 1 <= left / schedule->interval_ns;
}
