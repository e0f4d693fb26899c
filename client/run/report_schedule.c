#include "client/run/report_schedule.h"

#include "shared/base/clock.h"

/* From one look at the loops to the next, between the reports: an outage that a report does not see
 * must be seen. */
#define LOOK_NS (100 * NS_PER_MS)

void report_schedule_init(struct report_schedule *schedule, int64_t began, int64_t every_ns)
{
    *schedule = (struct report_schedule){.every_ns = every_ns,
                                         .next_report = clock_add(began, every_ns),
                                         .next_look = began + LOOK_NS};
}

int64_t report_schedule_deadline(const struct report_schedule *schedule)
{
    return schedule->next_report < schedule->next_look ? schedule->next_report
                                                       : schedule->next_look;
}

bool report_schedule_is_report(const struct report_schedule *schedule, int64_t now)
{
    return now >= schedule->next_report;
}

void report_schedule_look_ended(struct report_schedule *schedule, bool was_report, int64_t now)
{
    schedule->next_look = now + LOOK_NS;
    while (was_report && schedule->next_report <= now) {
        schedule->next_report += schedule->every_ns;
    }
}
