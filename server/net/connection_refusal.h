/*
 * The connections that were refused, by reason: each is counted, and the log has a line a second of
 * each reason at most. One thread counts, the listener's; any thread may read the counts.
 */
#ifndef COMMS_SERVER_NET_CONNECTION_REFUSAL_H
#define COMMS_SERVER_NET_CONNECTION_REFUSAL_H

#include "shared/base/log_limit.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>

/* Why a connection is closed as soon as it was accepted. */
enum connection_refusal {
    CONNECTION_NOT_REFUSED,
    CONNECTION_TOO_MANY,            /* --max-connections, or what ulimit -n has room for */
    CONNECTION_TOO_MANY_TLS,        /* --max-tls-connections */
    CONNECTION_TOO_MANY_OF_ADDRESS, /* --max-connections-per-address */
    CONNECTION_NO_DESCRIPTOR,
    CONNECTION_NO_MEMORY,
    CONNECTION_REFUSALS
};

struct connection_refusals {
    atomic_uint_fast64_t counts[CONNECTION_REFUSALS];
    struct log_limit limits[CONNECTION_REFUSALS];
};

void connection_refusals_init(struct connection_refusals *refusals);

/* Counts a refusal of a client with this address, and logs it unless the log has had its line. */
void connection_refusals_add(struct connection_refusals *refusals, enum connection_refusal reason,
                             const struct sockaddr *address, socklen_t length);

/* A word for the reason, such as "too_many"; static. */
const char *connection_refusal_name(enum connection_refusal reason);

/* How many connections were refused for this reason. */
uint64_t connection_refusals_count(const struct connection_refusals *refusals,
                                   enum connection_refusal reason);

/* How many connections were refused, for any reason. */
uint64_t connection_refusals_sum(const struct connection_refusals *refusals);

#endif
