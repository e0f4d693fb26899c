#include "client/run/subscription_time.h"

/* Time that a try has which begins when the time for retries is nearly over. */
#define LAST_TRY_NS (500 * NS_PER_MS)

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t subscription_time_trouble_since(const struct subscription *subscription)
{
    int64_t stopped_ns = subscription->channel->stopped_ns - subscription->stopped_before;
    return clock_add(subscription->trouble_since, stopped_ns);
}

int64_t subscription_time_give_up_at(const struct subscription *subscription)
{
    return clock_add(subscription_time_trouble_since(subscription),
                     subscription->settings->retry_timeout_ns);
}

/*
 * Since when the path has been silent: not for as long as the client itself was stopped, nor while
 * the call waits for a connection, which other streams may wait for too.
 */
static int64_t silent_since(const struct subscription *subscription)
{
    const struct channel *channel = subscription->channel;
    bool may_wait = subscription->last_activity == subscription->opened_at &&
                    subscription->call.generation == channel->generation;
    int64_t since = latest(subscription->last_activity, channel->awake_since);
    return may_wait ? latest(since, channel->connecting_at) : since;
}

static int64_t stall_deadline(const struct subscription *subscription)
{
    int64_t timeout = subscription->stall_timeout_ns;
    return timeout == 0 ? CLOCK_NEVER : clock_add(silent_since(subscription), timeout);
}

static int64_t give_up_deadline(const struct subscription *subscription)
{
    if (subscription->trouble_since == CLOCK_NEVER ||
        subscription->settings->retry_timeout_ns == 0) {
        return CLOCK_NEVER;
    }
    return latest(subscription_time_give_up_at(subscription),
                  clock_add(subscription->opened_at, LAST_TRY_NS));
}

int64_t subscription_time_cancel_at(const struct subscription *subscription)
{
    bool may_wait = call_is_open(&subscription->call) && !subscription->stalled &&
                    subscription->stop_by == CLOCK_NEVER;
    return may_wait ? earliest(stall_deadline(subscription), give_up_deadline(subscription))
                    : CLOCK_NEVER;
}
