/*
 * A client's connection, as the server knows it: made by the listener before the descriptor goes to
 * C core, which tells nobody when the connection ends.
 *
 * `connections` is the table of them by descriptor. While a call lives, its connection's descriptor
 * is open; so a descriptor that is accepted anew shows that the connection which had it is gone.
 *
 * A connection is reference-counted: the table holds one reference, each of its streams another.
 * connections.lock is a leaf lock.
 */
#ifndef COMMS_SERVER_NET_CONNECTION_H
#define COMMS_SERVER_NET_CONNECTION_H

#include "server/work/turnstile.h"
#include "shared/base/address.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>

struct connection {
    uint64_t number;                 /* 1, 2, … in the order of acceptance */
    char address[ADDRESS_TEXT_SIZE]; /* of the client, as address_describe writes it */
    struct turn_line line;           /* whose turn it is on this connection */
    atomic_uint references;
};

/* Drops a reference. From any thread. */
void connection_unref(struct connection *connection);

struct connections;

/* NULL where memory is missing. */
struct connections *connections_create(void);

/* Drops the table's references; streams may hold theirs still. NULL: nothing. */
void connections_destroy(struct connections *connections);

/*
 * Puts the connection of a descriptor that was just accepted into the table, in the place of the
 * one that had the descriptor before. False where memory is missing. From any thread.
 */
bool connections_add(struct connections *connections, int descriptor,
                     const struct sockaddr *address, socklen_t length);

/*
 * The connection that C core names "fd:N" (grpc_call_get_peer of a connection that was given to it
 * as a descriptor), with a new reference; NULL: there is none of that name. While one of its calls
 * lives. From any thread.
 */
struct connection *connections_find(struct connections *connections, const char *peer);

#endif
