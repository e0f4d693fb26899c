/*
 * The socket of a channel of C core. C core passes each socket that it opens for the channel to a
 * callback (GRPC_ARG_SOCKET_MUTATOR). So the client can name a connection by its address, and cut
 * it. With an unknown C core (core_version.h) there is no callback, and so never a socket.
 * Thread-safe: C core opens sockets in any of its threads.
 */
#ifndef COMMS_CLIENT_GRPC_SOCKET_WATCH_H
#define COMMS_CLIENT_GRPC_SOCKET_WATCH_H

#include "shared/grpc/core_version.h"

#include <grpc/grpc.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct socket_watch {
    struct core_socket_mutator mutator; /* first: C core knows the watch by this address */

    /*
     * The descriptor belongs to C core. After C core closed it, its number may be reused; a socket
     * with another cookie shows that.
     */
    pthread_mutex_t lock;
    int descriptor; /* of the socket opened last, or -1 */
    uint64_t cookie;
};

/* On the heap, because C core may keep it longer than the channel. NULL: memory is missing. */
struct socket_watch *socket_watch_create(void);
void socket_watch_unref(struct socket_watch *watch);

/* The argument for a channel's creation. Only for a C core that core_version_is_known. */
grpc_arg socket_watch_argument(struct socket_watch *watch);

/* Shuts the socket down, without a GOAWAY before. False if there is no connection. */
bool socket_watch_cut(struct socket_watch *watch);

/* The client's address of the connection, 127.0.0.1:54782 or unix; empty if there is none. */
void socket_watch_address(struct socket_watch *watch, char *text, size_t size);

#endif
