/*
 * When the numbers of a stream are due: number k at the start plus k intervals, however late the
 * ones before it were. So the pace is kept on average and does not drift. For one thread.
 */
#ifndef COMMS_SERVER_SERVICES_COMMS_SCHEDULE_H
#define COMMS_SERVER_SERVICES_COMMS_SCHEDULE_H

#include "shared/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

struct schedule {
    int64_t interval_ns; /* 0: full speed, a number is always due */
    const struct clock *clock;
    int64_t next_due;
};

/* The first number is due now. */
void schedule_begin(struct schedule *schedule, const struct clock *clock, int64_t interval_ns);

/* Whether the next number is due; true: it counts as sent. */
bool schedule_take(struct schedule *schedule);

/* Whether the next `remaining` numbers will all have been due at that time. */
bool schedule_ends_by(const struct schedule *schedule, uint32_t remaining, int64_t deadline);

#endif
