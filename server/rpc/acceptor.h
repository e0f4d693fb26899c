/*
 * C core's server and the threads that serve it: the acceptor takes each incoming call off the
 * notification queue and hands it to a worker; the pollers only poll the network, on a second queue
 * that never has an event, so that parsing one client's bytes delays no other's.
 */
#ifndef COMMS_SERVER_RPC_ACCEPTOR_H
#define COMMS_SERVER_RPC_ACCEPTOR_H

#include "server/net/connection.h"
#include "server/rpc/dispatch.h"

#include <stdbool.h>

struct acceptor;

struct acceptor_settings {
    struct dispatch dispatch;
    struct connections *connections;
    /*
     * Called, in the acceptor's thread, when after acceptor_shut_down the last call and the last
     * connection are gone.
     */
    void (*ended)(void);
};

/*
 * Starts the server, without any connection, and its threads. What the settings point to must
 * outlive it. NULL where the threads cannot start.
 */
struct acceptor *acceptor_start(const struct acceptor_settings *settings);

/*
 * Gives a connected, non-blocking socket, which stands in the table of connections, to C core,
 * which closes it in the end. From any thread.
 */
void acceptor_add_connection(struct acceptor *acceptor, int descriptor);

/* Tells all clients to go (GOAWAY): no call is taken any more, those that live go on. Once. */
void acceptor_shut_down(struct acceptor *acceptor);

/* Whether `ended` was called, or is about to be. */
bool acceptor_has_ended(const struct acceptor *acceptor);

/* Breaks off all calls and connections that still live. After acceptor_shut_down. */
void acceptor_cancel_calls(struct acceptor *acceptor);

/* Waits for the end, and frees everything. After acceptor_shut_down. */
void acceptor_stop(struct acceptor *acceptor);

#endif
