#include "client/options/pace_option.h"

#include "client/measure/server_pace.h"
#include "shared/base/clock.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define INTERVAL_DEFAULT_NS    NS_PER_S /* the pace of the original server */
#define CONNECT_TIMEOUT_MIN_NS NS_PER_S
#define CONNECT_TIMEOUT_MAX_NS (5 * NS_PER_S)

/* What may be given: C core takes milliseconds, as an int. */
#define CONNECT_TIMEOUT_LEAST_NS (100 * NS_PER_MS)
#define CONNECT_TIMEOUT_MOST_NS  (3600 * NS_PER_S)

/* What --rate may be, in numbers a second: an interval from a microsecond to nearly an hour. */
#define RATE_LEAST 0.0003
#define RATE_MOST  1e6
enum { RATE_DIGITS_MAX = 7 };

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

/* Numbers a second, as an interval in nanoseconds. False: it is not such a number. */
static bool parse_rate(const char *text, int64_t *ret_ns)
{
    static const char digits[] = "0123456789";
    const size_t whole = strspn(text, digits);
    const size_t point = text[whole] == '.' ? 1 : 0;
    const size_t fraction = strspn(text + whole + point, digits);
    const bool is_number = whole > 0 && (point == 0 || fraction > 0) &&
                           text[whole + point + fraction] == '\0' && whole <= RATE_DIGITS_MAX;
    const double rate = is_number ? strtod(text, NULL) : 0;
    if (rate < RATE_LEAST || rate > RATE_MOST) {
        return false;
    }
    *ret_ns = llround((double)NS_PER_S / rate);
    return true;
}

const char *pace_option_check_rate(const char *text)
{
    int64_t ns;
    return parse_rate(text, &ns) ? NULL
                                 : "expected numbers a second such as 10 or 0.5, from 0.0003 to "
                                   "1000000";
}

const char *pace_option_complete(struct plan *plan)
{
    plan->interval_is_given = plan->interval_ns != PACE_NOT_GIVEN;
    if (plan->rate != NULL) {
        (void)parse_rate(plan->rate, &plan->wish_ns); /* it was checked */
    }
    if (!plan->interval_is_given) {
        plan->interval_ns = plan->wish_ns > 0 ? plan->wish_ns : INTERVAL_DEFAULT_NS;
    }
    plan->stall_follows_interval = plan->stall_timeout_ns == PACE_NOT_GIVEN;
    if (plan->stall_follows_interval) {
        plan->stall_timeout_ns = server_pace_stall_timeout(plan, plan->interval_ns);
    } else if (plan->interval_is_given && plan->stall_timeout_ns > 0 &&
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
