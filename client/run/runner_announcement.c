#include "client/run/runner_announcement.h"

#include "client/measure/server_pace.h"
#include "client/run/runner_length.h"

int64_t runner_group_interval(const struct runner_group *group)
{
    const struct plan *plan = group->settings->plan;
    return group->has_announced ? server_pace_interval(plan, &group->announced) : plan->interval_ns;
}

/* Nearly all streams of a loop get the same headers: only others are told to all loops. */
static void note(struct runner_group *group, const struct announcement *announcement)
{
    if (!group->has_announced || !announcement_equal(&group->announced, announcement)) {
        group->has_announced = true;
        group->announced = *announcement;
        server_news_note(group->settings->news, announcement);
    }
}

bool runner_take_announcement(struct subscription *subscription,
                              const struct announcement *announcement)
{
    struct runner *runner = runner_of_subscription(subscription);
    const struct plan *plan = runner->group->settings->plan;
    note(runner->group, announcement);
    if (server_mode_is_wrong(plan, announcement, subscription->reason,
                             sizeof subscription->reason)) {
        return false;
    }
    const int64_t interval_ns = server_pace_interval(plan, announcement);
    pace_set_interval(&runner->pace, interval_ns);
    runner_length_set_interval(runner, interval_ns);
    subscription->stall_timeout_ns = server_pace_stall_timeout(plan, interval_ns);
    subscription->ends_by_cancel = interval_ns == 0;
    return true;
}
