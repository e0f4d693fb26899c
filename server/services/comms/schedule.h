/*
 * When the numbers of a stream are due: number k at the start plus k-1 intervals, however late the
 * numbers before it were. So the pace is right on average and does not drift. For one thread.
 */
#ifndef COMMS_SERVER_SERVICES_COMMS_SCHEDULE_H
#define COMMS_SERVER_SERVICES_COMMS_SCHEDULE_H

#include "server/services/dialogue_counts.h"
#include "shared/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

struct schedule {
    int64_t interval_ns; /* nanoseconds; 0: full speed, a number is always due */
    const struct clock *clock;
    struct dialogue_counters *counters; /* of the lateness; NULL: not counted */
    int64_t next_due;                   /* time on the clock, nanoseconds; not used at full speed */
    int64_t late_ns; /* nanoseconds from when the last number was due until it was taken */
};

/* Begins at the time now: the first number is due. */
void schedule_begin(struct schedule *schedule, const struct clock *clock, int64_t interval_ns,
                    struct dialogue_counters *counters);

/* schedule_take of a paced stream. */
bool schedule_take_paced(struct schedule *schedule);

/*
 * Whether the next number is due. If so, the schedule moves on to the number after it. In line, as
 * it is done for every number.
 */
static inline bool schedule_take(struct schedule *schedule)
{
    return schedule->interval_ns == 0 || schedule_take_paced(schedule);
}

/* Counts how late the paced number is that was taken last, once it is sure to be sent. */
static inline void schedule_count(const struct schedule *schedule)
{
    if (schedule->interval_ns != 0) {
        dialogue_counters_lateness(schedule->counters, schedule->late_ns);
    }
}

/* Whether the last of the next `remaining` numbers is due by `deadline`, a time on the clock. */
bool schedule_ends_by(const struct schedule *schedule, uint32_t remaining, int64_t deadline);

#endif
