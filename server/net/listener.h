/*
 * The thread that accepts connections. Each gets its place in the table of connections before its
 * descriptor is passed on.
 */
#ifndef COMMS_SERVER_NET_LISTENER_H
#define COMMS_SERVER_NET_LISTENER_H

#include "server/net/connection.h"
#include "server/net/sockets.h"

#include <sys/socket.h>

struct listener;

struct listener_settings {
    /* The listening sockets; they stay the caller's, and must outlive the listener. */
    const struct sockets *sockets;
    struct connections *connections;

    /* Takes over a connected, non-blocking descriptor. In the listener's thread. */
    void (*accepted)(void *context, int descriptor);
    void *context;

    /* listener_accept, or a test's: -1 with errno as accept(2) has it, or a descriptor. */
    int (*accept)(int socket, struct sockaddr *address, socklen_t *length);
};

/* Starts to accept. NULL where memory, descriptors or a thread are missing. */
struct listener *listener_start(const struct listener_settings *settings);

/* Accepts no more, waits for the thread and frees the listener. */
void listener_stop(struct listener *listener);

/* accept(2), non-blocking, and set up for small messages. */
int listener_accept(int socket, struct sockaddr *address, socklen_t *length);

#endif
