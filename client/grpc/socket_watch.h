/*
 * Which socket a channel of C core is connected by. C core does not tell, but shows the maker of a
 * channel each socket that it opens for the channel (GRPC_ARG_SOCKET_MUTATOR). So a connection can
 * be named by its own address, and be cut. An unknown C core is not asked (core_version.h): then
 * there is never a connection. Thread-safe: C core opens sockets in whichever thread it likes.
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
     * Ours. The descriptor is C core's: once it is closed its number may come to mean something
     * else, which the socket's cookie then shows.
     */
    pthread_mutex_t lock;
    int descriptor; /* of the socket opened last, or -1 */
    uint64_t cookie;
};

/* Heap, because C core keeps what the argument points to for as long as it likes. NULL: no memory.
 */
struct socket_watch *socket_watch_create(void);
void socket_watch_unref(struct socket_watch *watch);

/* The argument for a channel's creation. Only for a C core that core_version_is_known. */
grpc_arg socket_watch_argument(struct socket_watch *watch);

/* Cuts the connection as a network does: without a word. False where there is none. */
bool socket_watch_cut(struct socket_watch *watch);

/* The connection's own address, 127.0.0.1:54782 or unix; empty where there is none. */
void socket_watch_address(struct socket_watch *watch, char *text, size_t size);

#endif
