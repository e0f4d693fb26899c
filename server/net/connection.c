#include "server/net/connection.h"

#include "server/net/socket_cookie.h"
#include "server/net/tcp_socket.h"

#include <stddef.h>
#include <stdlib.h>

struct connection *connection_create(int descriptor, const struct sockaddr *address,
                                     socklen_t length, const struct traffic_limits *traffic)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    *connection = (struct connection){.refusal_log = LOG_LIMIT(1)};
    atomic_init(&connection->references, 1); /* the table's */
    connection->descriptor = descriptor;
    connection->cookie = socket_cookie_read(descriptor);
    connection->peer = peer_key_of_address(address);
    address_describe(address, length, connection->address, sizeof connection->address);
    connection->watch = traffic_watch_begin(descriptor, connection->address, traffic);
    if (connection->watch == NULL) {
        free(connection);
        return NULL;
    }
    connection->line.hold = &connection->watch->hold;
    return connection;
}

void connection_drop(struct connection *connection)
{
    if (connection != NULL) {
        traffic_watch_end(connection->watch);
        free(connection);
    }
}

struct connection *connection_refer(struct connection *connection)
{
    if (connection != NULL) {
        atomic_fetch_add_explicit(&connection->references, 1, memory_order_relaxed);
    }
    return connection;
}

void connection_unref(struct connection *connection)
{
    if (atomic_fetch_sub_explicit(&connection->references, 1, memory_order_acq_rel) == 1) {
        client_identity_unref(connection->client);
        free(connection);
    }
}

bool connection_has_descriptor(const struct connection *connection)
{
    return connection->cookie == 0 ||
           connection->cookie == socket_cookie_read(connection->descriptor);
}

void connection_shut_down(struct connection *connection)
{
    if (connection_has_descriptor(connection)) {
        tcp_socket_break(connection->descriptor);
    }
}

uint64_t connection_taken(const struct connection *connection)
{
    const uint64_t sent =
        atomic_load_explicit(&connection->watch->traffic.sent, memory_order_relaxed);
    return sent - tcp_socket_untaken(connection->descriptor);
}
