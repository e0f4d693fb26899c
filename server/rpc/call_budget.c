#include "server/rpc/call_budget.h"

#include "shared/base/clock.h"
#include "shared/base/log.h"

bool call_count(struct call *call, uint64_t max)
{
    struct connection *connection = call->connection;
    if (connection == NULL) {
        return true;
    }
    struct stream_budget *budget = &connection->budget;
    if (atomic_load(&budget->live) >= max || atomic_load(&budget->open) >= 2 * max) {
        return false;
    }
    (void)atomic_fetch_add(&budget->live, 1);
    (void)atomic_fetch_add(&budget->open, 1);
    atomic_store(&call->is_live, true);
    call->is_open = true;
    return true;
}

bool call_is_cut(const struct call *call)
{
    const struct connection *connection = call->connection;
    return connection != NULL &&
           (atomic_load(&connection->budget.is_cut) || atomic_load(&connection->watch->is_cut));
}

void call_count_out(struct call *call)
{
    if (atomic_exchange(&call->is_live, false)) {
        (void)atomic_fetch_sub(&call->connection->budget.live, 1);
    }
}

void call_uncount(struct call *call)
{
    call_count_out(call);
    if (call->is_open) {
        call->is_open = false;
        (void)atomic_fetch_sub(&call->connection->budget.open, 1);
    }
}

void call_waste(struct call *call, int cost)
{
    struct connection *connection = call->connection;
    const struct clock *clock = &clock_monotonic;
    if (connection != NULL && stream_budget_waste(&connection->budget, cost, clock->now(clock))) {
        log_event(
            LOG_LEVEL_WARN, "connection cut", log_address("peer", connection->address),
            log_text("reason", "too many of its streams are refused, or end before a command"));
        connection_shut_down(connection);
    }
}
