/*
 * The table of all connections by descriptor.
 *
 * C core keeps the descriptor of a connection open while one of its calls lives. So if accept(2)
 * returns a descriptor that is in the table, the connection that had this descriptor has ended.
 * When a limit is reached, the table asks the kernel for the cookie of each descriptor: another
 * cookie than at first, or none, means that the connection has ended. Between two such sweeps pass
 * 50 ms to 500 ms, so that they take a small part of the listener's time even if somebody connects
 * again and again.
 *
 * connections.lock is a leaf lock.
 */
#ifndef COMMS_SERVER_NET_CONNECTIONS_H
#define COMMS_SERVER_NET_CONNECTIONS_H

#include "server/net/connection.h"
#include "server/net/connection_limits.h"
#include "server/net/traffic_watch.h"
#include "shared/base/clock.h"

#include <stdint.h>
#include <sys/socket.h>

struct connections;

struct connections_settings {
    uint64_t max;             /* connections at a time */
    uint64_t max_tls;         /* of those of TCP, which all speak TLS; 0: none does */
    uint64_t max_per_address; /* 0: no limit */
    struct traffic_limits traffic;
    int64_t idle_ns;           /* without a stream, until a connection is ended; 0: no limit */
    const struct clock *clock; /* of the sweeps and of the idle time */
};

/* NULL if memory is missing. */
struct connections *connections_create(const struct connections_settings *settings);

/* Drops the table's references; streams may still hold theirs. NULL: does nothing. */
void connections_destroy(struct connections *connections);

/*
 * Makes the connection of a descriptor that was just accepted, and puts it into the table, or says
 * why it is refused. The connection that had the descriptor before leaves the table in any case.
 * From the listener's thread.
 */
enum connection_refusal connections_add(struct connections *connections, int descriptor,
                                        const struct sockaddr *address, socklen_t length);

/* How many connections the table has; it may not know yet of some that have ended. As above. */
uint64_t connections_count(const struct connections *connections);

/*
 * How many connections are open: asks the kernel for each, in parts, so that the lock is not held
 * for long. From any thread.
 */
uint64_t connections_count_open(struct connections *connections);

/*
 * The connection that grpc_call_get_peer names so, with a new reference; NULL if there is none.
 * "fd:N" is the name of a connection that C core was given as a descriptor, "ipv4:ADDRESS:PORT" and
 * "ipv6:…" that of one with TLS. The caller holds a live call of the connection. From any thread.
 */
struct connection *connections_find(struct connections *connections, const char *peer);

/*
 * Ends the connections whose idle time is over, if it is time to look for them. Returns the time on
 * the clock of the next look; CLOCK_NEVER: there is no idle time. From the listener's thread.
 */
int64_t connections_end_idle(struct connections *connections);

/*
 * Shuts down all connections of the table, as connection_shut_down does. After the listener has
 * ended: the number of a descriptor that C core has closed may be a file's by now, which is not
 * changed, but no socket's. From any thread.
 */
void connections_shut_down_all(struct connections *connections);

#endif
