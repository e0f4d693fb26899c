/* The thread that accepts connections and gives each to the acceptor's server. */
#ifndef COMMS_SERVER_NET_LISTENER_H
#define COMMS_SERVER_NET_LISTENER_H

#include "server/net/sockets.h"
#include "server/rpc/acceptor.h"

struct listener;

/*
 * Starts to accept on the sockets, which stay the caller's and must outlive the listener. NULL
 * where memory, descriptors or a thread are missing.
 */
struct listener *listener_start(const struct sockets *sockets, struct acceptor *acceptor);

/* Accepts no more, waits for the thread and frees the listener. */
void listener_stop(struct listener *listener);

#endif
