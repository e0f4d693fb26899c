/*
 * When the loops are looked at, and which looks are reports. Times are the clock's, in nanoseconds.
 * Pure computations, for one thread.
 */
#ifndef COMMS_CLIENT_RUN_REPORT_SCHEDULE_H
#define COMMS_CLIENT_RUN_REPORT_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct report_schedule {
    int64_t every_ns; /* from one report to the next */
    int64_t next_report;
    int64_t next_look;
};

void report_schedule_init(struct report_schedule *schedule, int64_t began, int64_t every_ns);

/* When the next look is due, be it a report or not. */
int64_t report_schedule_deadline(const struct report_schedule *schedule);

/* Whether a look that begins now is a report. */
bool report_schedule_is_report(const struct report_schedule *schedule, int64_t now);

/* A look is over now. The times of reports that passed during a report are left out: what they
 * missed becomes part of the next one. */
void report_schedule_look_ended(struct report_schedule *schedule, bool was_report, int64_t now);

#endif
