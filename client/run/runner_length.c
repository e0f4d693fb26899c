#include "client/run/runner_length.h"

#include "client/run/runner_announcement.h"

/* Over this time the speed is looked at. */
#define SPEED_NS (100 * NS_PER_MS)

/* How many times longer than the session before a stateful session is at most: the speed of a short
 * one says little. */
enum { GROWTH = 8 };

/* Of the time that is left a stateful session takes this part, so that a path which gets slower
 * does not prolong the run much. */
enum { PART = 2 };

/* The end of a stateless session is moved before numbers beyond it could be looked for. */
enum { MARGIN = VERIFIER_LOOK_AHEAD + 1 };

/*
 * Numbers a second of all streams of this thread; 0: not known yet. The speed of a single session
 * says less: a short one comes in one burst, while others wait for their turn.
 */
static double seen_speed(struct runner_group *group, int64_t now)
{
    struct runner_speed *speed = &group->speed;
    const int64_t since = speed->seen_at == 0 ? group->settings->began : speed->seen_at;
    const uint64_t numbers = group->tally->counts.numbers;
    if (now - since >= SPEED_NS) {
        speed->per_s = (double)(numbers - speed->numbers) * NS_PER_S / (double)(now - since);
        speed->numbers = numbers;
        speed->seen_at = now;
    }
    return speed->per_s;
}

static uint32_t next_at_full_speed(const struct runner *runner, int64_t now)
{
    const uint32_t max = plan_n_within(0, 0);
    const uint32_t before = runner->subscription.verifier.n;
    const double left_s = (double)(runner->group->settings->repeat_until - now) / (double)NS_PER_S;
    const double speed = seen_speed(runner->group, now);
    if (before == 0 || left_s <= 0) {
        return 1;
    }
    double n = (double)before * GROWTH;
    if (speed > 0 && speed * left_s / runner->group->running / PART < n) {
        n = speed * left_s / runner->group->running / PART;
    }
    return n < 1 ? 1 : n > max ? max : (uint32_t)n;
}

uint32_t runner_length_next(const struct runner *runner, int64_t now)
{
    const struct runner_settings *settings = runner->group->settings;
    const struct plan *plan = settings->plan;
    const int64_t interval_ns = runner_group_interval(runner->group);
    if (!plan->n_fits) {
        return plan->n;
    }
    return interval_ns == 0 && plan->mode != CLIENT_STATELESS
               ? next_at_full_speed(runner, now)
               : plan_n_within(interval_ns, settings->repeat_until - now);
}

void runner_length_set_interval(struct runner *runner, int64_t interval_ns)
{
    const struct plan *plan = runner->group->settings->plan;
    runner->ends_with_time = plan->n_fits && plan->mode == CLIENT_STATELESS && interval_ns == 0;
}

void runner_length_follow(struct runner *runner)
{
    struct verifier *verifier = &runner->subscription.verifier;
    const uint32_t before = verifier->n;
    if (runner->subscription.last_activity >= runner->group->settings->repeat_until) {
        verifier->n = verifier->position;
    } else if (before - verifier->position <= MARGIN && before <= UINT32_MAX / 2) {
        verifier->n += plan_n_within(0, 0);
    }
    runner->group->tally->expected += verifier->n;
    runner->group->tally->expected -= before;
}
