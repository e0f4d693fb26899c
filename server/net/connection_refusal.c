#include "server/net/connection_refusal.h"

#include "shared/base/address.h"
#include "shared/base/clock.h"
#include "shared/base/counter.h"
#include "shared/base/log.h"

#include <stddef.h>

static const struct {
    const char *name;
    const char *reason;
    const char *raise; /* what would let such connections in; NULL: no setting does */
} texts[CONNECTION_REFUSALS] = {
    [CONNECTION_TOO_MANY] = {"too_many", "too many connections", "--max-connections, ulimit -n"},
    [CONNECTION_TOO_MANY_TLS] = {"too_many_tls", "too many connections with TLS",
                                 "--max-tls-connections"},
    [CONNECTION_TOO_MANY_OF_ADDRESS] = {"too_many_of_address",
                                        "too many connections of this address",
                                        "--max-connections-per-address"},
    [CONNECTION_NO_DESCRIPTOR] = {"no_descriptor", "no file descriptors left", "ulimit -n"},
    [CONNECTION_NO_MEMORY] = {"no_memory", "no memory", NULL},
};

void connection_refusals_init(struct connection_refusals *refusals)
{
    *refusals = (struct connection_refusals){.counts = {0}};
    for (size_t i = 0; i < CONNECTION_REFUSALS; i++) {
        refusals->limits[i] = (struct log_limit)LOG_LIMIT(1);
    }
}

void connection_refusals_add(struct connection_refusals *refusals, enum connection_refusal reason,
                             const struct sockaddr *address, socklen_t length)
{
    uint64_t skipped;
    counter_add(&refusals->counts[reason], 1);
    if (log_limit_admit(&refusals->limits[reason], clock_monotonic.now(&clock_monotonic), 0,
                        &skipped)) {
        char peer[ADDRESS_TEXT_SIZE];
        address_describe(address, length, peer, sizeof peer);
        log_event(LOG_LEVEL_WARN, "connection refused", log_text("reason", texts[reason].reason),
                  log_number("count", skipped + 1), log_address("peer", peer),
                  log_text("raise", texts[reason].raise));
    }
}

const char *connection_refusal_name(enum connection_refusal reason)
{
    return texts[reason].name;
}

uint64_t connection_refusals_count(const struct connection_refusals *refusals,
                                   enum connection_refusal reason)
{
    return counter_read(&refusals->counts[reason]);
}

uint64_t connection_refusals_sum(const struct connection_refusals *refusals)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < CONNECTION_REFUSALS; i++) {
        sum += counter_read(&refusals->counts[i]);
    }
    return sum;
}
