/*
 * The thread that accepts connections. It puts each connection into the table of connections, and
 * then passes its descriptor on. A connection beyond a limit is accepted and closed: in the backlog
 * it would keep its client waiting, and others out. The thread also ends idle connections.
 */
#ifndef COMMS_SERVER_NET_LISTENER_H
#define COMMS_SERVER_NET_LISTENER_H

#include "server/net/connection_refusal.h"
#include "server/net/connections.h"
#include "server/net/sockets.h"

#include <sys/socket.h>

struct listener;

struct listener_settings {
    /* Not owned; all must outlive the listener. */
    const struct sockets *sockets; /* to accept from */
    struct connections *connections;
    struct connection_refusals *refusals;

    /* Takes ownership of a connected, non-blocking descriptor. Called in the listener's thread. */
    void (*accepted)(void *context, int descriptor);
    void *context;

    /* listener_accept, or a test's. Returns a descriptor, or -1 with errno, like accept(2). */
    int (*accept)(int socket, struct sockaddr *address, socklen_t *length);
};

/* Starts the thread. NULL if memory, a descriptor or a thread is missing. */
struct listener *listener_start(const struct listener_settings *settings);

/* Ends the thread, waits for it, and frees the listener. */
void listener_stop(struct listener *listener);

/* accept(2) of a non-blocking connection. */
int listener_accept(int socket, struct sockaddr *address, socklen_t *length);

#endif
