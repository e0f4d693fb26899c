/*
 * A client's connection, as the server knows it. The listener makes it before the descriptor goes
 * to C core, because C core does not report when a connection ends.
 *
 * `connections` is the table of all connections by descriptor. C core keeps the descriptor of a
 * connection open while one of its calls lives. So if accept(2) returns a descriptor that is in the
 * table, the connection that had this descriptor has ended.
 *
 * A connection is reference counted: the table holds one reference, each of its streams another.
 * connections.lock is a leaf lock.
 */
#ifndef COMMS_SERVER_NET_CONNECTION_H
#define COMMS_SERVER_NET_CONNECTION_H

#include "server/net/stream_budget.h"
#include "server/net/traffic.h"
#include "server/work/turnstile.h"
#include "shared/base/address.h"
#include "shared/base/log_limit.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>

struct connection {
    uint64_t number;                 /* 1, 2, … in the order of acceptance */
    char address[ADDRESS_TEXT_SIZE]; /* the client's, as address_describe writes it */
    struct turn_line line;           /* of this connection's streams at the turnstile */
    int descriptor;                  /* C core's, open while a call of the connection lives */
    atomic_uint references;
    struct stream_budget budget;
    struct traffic traffic;
    struct log_limit refusal_log;
};

/*
 * Ends the connection as if the network had cut it, with all its streams. Nothing else ends the
 * calls of a client that has stopped reading: C core delays the close while a write is under way.
 * From any thread; the caller holds a live call of the connection.
 */
void connection_shut_down(struct connection *connection);

/* Drops a reference; the last one frees the connection. From any thread. */
void connection_unref(struct connection *connection);

struct connections;

/* NULL if memory is missing. */
struct connections *connections_create(void);

/* Drops the table's references; streams may still hold theirs. NULL: does nothing. */
void connections_destroy(struct connections *connections);

/*
 * Makes the connection of a descriptor that was just accepted, and puts it into the table. It
 * replaces the connection that had the descriptor before. False if memory is missing. From any
 * thread.
 */
bool connections_add(struct connections *connections, int descriptor,
                     const struct sockaddr *address, socklen_t length);

/*
 * The connection that C core names "fd:N", with a new reference; NULL if there is none.
 * grpc_call_get_peer returns such a name if C core was given the connection as a descriptor. The
 * caller holds a live call of the connection. From any thread.
 */
struct connection *connections_find(struct connections *connections, const char *peer);

/*
 * The connection that has this descriptor, with a new reference; NULL if there is none. The
 * descriptor is open. From any thread.
 */
struct connection *connections_find_descriptor(struct connections *connections, int descriptor);

/*
 * Shuts down all connections of the table, as connection_shut_down does. After the listener has
 * ended: the number of a descriptor that C core has closed may be a file's by now, which is not
 * changed, but no socket's. From any thread.
 */
void connections_shut_down_all(struct connections *connections);

#endif
