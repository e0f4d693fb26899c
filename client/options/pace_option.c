#include "client/options/pace_option.h"

#include "shared/base/clock.h"

#include <stdbool.h>
#include <stddef.h>

#define INTERVAL_DEFAULT_NS    NS_PER_S        /* the pace of the original server */
#define STALL_TIMEOUT_NS       (15 * NS_PER_S) /* at least, unless it is given */
#define CONNECT_TIMEOUT_MIN_NS NS_PER_S
#define CONNECT_TIMEOUT_MAX_NS (5 * NS_PER_S)

/* What may be given: C core takes milliseconds, as an int. */
#define CONNECT_TIMEOUT_LEAST_NS (100 * NS_PER_MS)
#define CONNECT_TIMEOUT_MOST_NS  (3600 * NS_PER_S)

/*
 * Whoever waits less for a message waits less for a connection, too; but that takes round trips. Of
 * the time for retries it is a third, so that another address has its turn.
 */
static int64_t connect_timeout(const struct plan *plan)
{
    const int64_t limits[] = {plan->stall_timeout_ns, plan->retry_timeout_ns / 3};
    int64_t time_ns = CONNECT_TIMEOUT_MAX_NS;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        time_ns = limits[i] > 0 && limits[i] < time_ns ? limits[i] : time_ns;
    }
    return time_ns < CONNECT_TIMEOUT_MIN_NS ? CONNECT_TIMEOUT_MIN_NS : time_ns;
}

const char *pace_option_complete(struct plan *plan)
{
    bool pace_is_known = plan->interval_ns != PACE_NOT_GIVEN;
    if (!pace_is_known) {
        plan->interval_ns = INTERVAL_DEFAULT_NS;
    }
    if (plan->stall_timeout_ns == PACE_NOT_GIVEN) {
        int64_t three = plan->interval_ns > CLOCK_NEVER / 3 ? CLOCK_NEVER : 3 * plan->interval_ns;
        plan->stall_timeout_ns = three > STALL_TIMEOUT_NS ? three : STALL_TIMEOUT_NS;
    } else if (pace_is_known && plan->stall_timeout_ns > 0 &&
               plan->stall_timeout_ns < plan->interval_ns) {
        return "invalid --stall-timeout: it is shorter than --interval, so every stream would "
               "stall between two numbers; expected at least 3 times --interval, or 0 for never";
    }
    if (plan->connect_timeout_ns == PACE_NOT_GIVEN) {
        plan->connect_timeout_ns = connect_timeout(plan);
    } else if (plan->connect_timeout_ns < CONNECT_TIMEOUT_LEAST_NS ||
               plan->connect_timeout_ns > CONNECT_TIMEOUT_MOST_NS) {
        return "invalid --connect-timeout: expected 100ms to 1h";
    }
    return NULL;
}
