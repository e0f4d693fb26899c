/*
 * C core's server and its threads. The acceptor takes each incoming call off the notification queue
 * and hands it to a worker. The pollers only poll the network, on a second completion queue that
 * never has an event: so the parsing of one client's bytes does not delay the other clients.
 */
#ifndef COMMS_SERVER_RPC_ACCEPTOR_H
#define COMMS_SERVER_RPC_ACCEPTOR_H

#include "server/net/connections.h"
#include "server/rpc/call.h"
#include "server/rpc/core_server.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/refusal.h"
#include "server/rpc/tls_port.h"

#include <stdbool.h>
#include <stdint.h>

struct acceptor;

struct acceptor_settings {
    struct dispatch dispatch;
    struct connections *connections;
    struct tls_port *tls; /* for all connections but those of unix sockets; NULL: none speaks TLS */
    struct connection_times times;
    uint64_t max_connection_streams; /* streams of a connection at a time */
    bool has_channelz;               /* core_server.h */
    struct refusals *refusals;       /* must outlive the acceptor */
    /*
     * Called in the acceptor's thread after acceptor_shut_down, when the last call and the last
     * connection have ended.
     */
    void (*ended)(void);

    /* call_create, or a test's. Returns NULL if memory is missing. */
    struct call *(*create_call)(struct call_pool *pool);
};

/*
 * Starts the server, without any connection, and its threads. What the settings point to must
 * outlive it. NULL if memory or a thread is missing, or if TLS cannot be served: then tls->problem
 * says why.
 */
struct acceptor *acceptor_start(const struct acceptor_settings *settings);

/*
 * Gives C core the socket of a connection: connected, non-blocking, and in the table of
 * connections. C core owns it from now on. From any thread.
 */
void acceptor_add_connection(struct acceptor *acceptor, int descriptor);

/*
 * Sends GOAWAY to all clients and takes no new call; live calls go on. Once, from any thread; the
 * functions below follow it.
 *
 * C core (1.51) ends the calls that wait, and only then says that it shuts down. A call that comes
 * in between is put with those that wait, where nobody looks any more: its client is told nothing,
 * and its connection goes on until acceptor_cancel_calls.
 */
void acceptor_shut_down(struct acceptor *acceptor);

/* Whether `ended` was called, or is about to be. From any thread. */
bool acceptor_has_ended(const struct acceptor *acceptor);

/* Cancels all live calls and closes their connections. From any thread. */
void acceptor_cancel_calls(struct acceptor *acceptor);

/* Waits until the last call and the last connection have ended, and frees everything. */
void acceptor_stop(struct acceptor *acceptor);

#endif
