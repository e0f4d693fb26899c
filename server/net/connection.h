/*
 * A client's connection, as the server knows it. The listener makes it before the descriptor goes
 * to C core, because C core does not report when a connection ends.
 *
 * A connection is reference counted: the table of all connections (connections.h) holds one
 * reference, each of its streams another.
 */
#ifndef COMMS_SERVER_NET_CONNECTION_H
#define COMMS_SERVER_NET_CONNECTION_H

#include "server/net/connection_limits.h"
#include "server/net/peer_index.h"
#include "server/net/stream_budget.h"
#include "server/net/traffic_watch.h"
#include "server/sessions/client_identity.h"
#include "server/work/turnstile.h"
#include "shared/base/address.h"
#include "shared/base/log_limit.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct connection {
    uint64_t number;                 /* 1, 2, … in the order of acceptance */
    char address[ADDRESS_TEXT_SIZE]; /* the client's, as address_describe writes it */
    struct turn_line line;           /* of this connection's streams at the turnstile */
    int descriptor;                  /* C core's, open while a call of the connection lives */
    uint64_t cookie;                 /* SO_COOKIE: the kernel's number of the socket; 0: has none */
    struct peer_key peer;            /* the same address, for the index */
    atomic_uint references;
    struct stream_budget budget;
    struct traffic_watch *watch; /* of the descriptor: while a call of the connection lives */
    struct log_limit refusal_log;

    /* What TLS says of the client: a reference, set by the first call; NULL: nothing. Streams have
     * a reference of their own: only the acceptor's thread uses this one. */
    struct client_identity *client;

    /* the lock of the table */
    struct connection *next_peer; /* in its bucket of the index */
    bool had_stream;              /* since the last look at idle connections */

    /* the listener's thread, while it is in the table */
    struct connection_counted counted;
    int64_t idle_since;      /* time on the clock of the last look with a stream, or of accept(2) */
    bool was_asked_to_close; /* since then */
};

/*
 * The connection of a descriptor that was just accepted, with the table's reference. Begins to
 * watch the descriptor. NULL if memory is missing. From the listener's thread.
 */
struct connection *connection_create(int descriptor, const struct sockaddr *address,
                                     socklen_t length, const struct traffic_limits *traffic);

/* Frees a connection that was never in the table. NULL: does nothing. From the same thread. */
void connection_drop(struct connection *connection);

/* Takes a reference and returns the connection. NULL: does nothing. While the caller has one, or
 * the lock of the table. From any thread. */
struct connection *connection_refer(struct connection *connection);

/* Drops a reference; the last one frees the connection. From any thread. */
void connection_unref(struct connection *connection);

/* Whether the descriptor still means this connection; true if that cannot be known. From any
 * thread. */
bool connection_has_descriptor(const struct connection *connection);

/*
 * Ends the connection as if the network had cut it, with all its streams. Nothing else ends the
 * calls of a client that has stopped reading: C core delays the close while a write is under way.
 *
 * The caller holds a live call of the connection, so that the descriptor stays open. If it has been
 * closed all the same, and means another socket by now, nothing happens. From any thread.
 */
void connection_shut_down(struct connection *connection);

/*
 * The bytes that the client's system has taken so far. What this system keeps for it is not among
 * them: that may be megabytes, which a slow client takes for minutes. The caller holds a live call
 * of the connection. From any thread.
 */
uint64_t connection_taken(const struct connection *connection);

#endif
