/*
 * The sockets of a channel of C core: one, or with several addresses more. C core passes each
 * socket that it opens for the channel to a callback (GRPC_ARG_SOCKET_MUTATOR). So the client can
 * name a connection by its address, and cut it. With an unknown C core (core_version.h) there is no
 * callback, and so never a socket. Thread-safe: C core opens sockets in any of its threads.
 */
#ifndef COMMS_CLIENT_GRPC_SOCKET_WATCH_H
#define COMMS_CLIENT_GRPC_SOCKET_WATCH_H

#include "shared/grpc/core_version.h"

#include <grpc/grpc.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The descriptor belongs to C core. After C core closed it, its number may be reused; a socket with
 * another cookie shows that.
 */
struct watched_socket {
    int descriptor;
    uint64_t cookie;
    bool is_used; /* socket_watch_is_first_use has found it */
};

struct socket_watch {
    struct core_socket_mutator mutator; /* first: C core knows the watch by this address */

    pthread_mutex_t lock;
    struct watched_socket *sockets; /* in the order in which they were opened; owned */
    size_t count;
    size_t unused; /* sockets that are not used, closed ones included */
};

/* On the heap, because C core may keep it longer than the channel. NULL: memory is missing. */
struct socket_watch *socket_watch_create(void);
void socket_watch_unref(struct socket_watch *watch);

/* The argument for a channel's creation. Only for a C core that core_version_is_known. */
grpc_arg socket_watch_argument(struct socket_watch *watch);

/* Shuts the sockets down, without a GOAWAY before. False if there is no connection. */
bool socket_watch_cut(struct socket_watch *watch);

/*
 * The client's address of the connection to this peer (10.0.0.1:443; NULL: to any), or of the one
 * opened last: 127.0.0.1:54782 or unix:; empty if there is none.
 */
void socket_watch_address(struct socket_watch *watch, const char *peer, char *text, size_t size);

/*
 * Whether all sockets seem to be ready for calls: each is connected, and what its peer sends at
 * first (SETTINGS, behind the handshake of TLS) has come. C core tells of the first one only.
 */
bool socket_watch_is_settled(struct socket_watch *watch);

/* Whether a connection to this peer is there for which this was not asked before. */
bool socket_watch_is_first_use(struct socket_watch *watch, const char *peer);

#endif
