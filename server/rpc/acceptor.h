/*
 * C core's server and the threads that serve it: the acceptor takes each incoming stream off the
 * notification queue and hands it to a worker; the pollers only poll the network, on a second queue
 * that never has an event, so that parsing one client's bytes delays no other's.
 */
#ifndef COMMS_SERVER_RPC_ACCEPTOR_H
#define COMMS_SERVER_RPC_ACCEPTOR_H

#include "server/work/workers.h"

#include <stdbool.h>

struct acceptor;

/*
 * Starts the server, without any connection, and its threads. NULL where they cannot start. `ended`
 * is called, in the acceptor's thread, when after acceptor_shut_down the last stream and the last
 * connection are gone.
 */
struct acceptor *acceptor_start(struct workers *workers, void (*ended)(void));

/* Gives a connected, non-blocking socket to C core, which closes it in the end. From any thread. */
void acceptor_add_connection(struct acceptor *acceptor, int descriptor);

/* Tells all clients to go (GOAWAY): no stream is taken any more, those that live go on. Once. */
void acceptor_shut_down(struct acceptor *acceptor);

/* Whether `ended` was called, or is about to be. */
bool acceptor_has_ended(const struct acceptor *acceptor);

/* Breaks off all streams and connections that still live. After acceptor_shut_down. */
void acceptor_cancel_streams(struct acceptor *acceptor);

/* Waits for the end, and frees everything. After acceptor_shut_down. */
void acceptor_stop(struct acceptor *acceptor);

#endif
