/*
 * Which socket a channel of C core is connected by: C core does not tell, but lets the maker of a
 * channel look at each socket that it opens for it (the channel argument GRPC_ARG_SOCKET_MUTATOR).
 * So a connection can be named by its own address, and be cut. Thread-safe: C core opens sockets in
 * whichever thread it likes.
 */
#ifndef COMMS_CLIENT_GRPC_SOCKET_WATCH_H
#define COMMS_CLIENT_GRPC_SOCKET_WATCH_H

#include <grpc/grpc.h>
#include <grpc/support/sync.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct socket_watch;

/*
 * What the argument points to. The argument is in C core's headers, the type is not: this is how it
 * is in 1.51 (src/core/lib/iomgr/socket_mutator.h).
 */
struct socket_mutator_functions {
    bool (*mutate)(int descriptor, struct socket_watch *watch);
    int (*compare)(struct socket_watch *a, struct socket_watch *b);
    void (*destroy)(struct socket_watch *watch);
    bool (*mutate_as)(const void *descriptor_and_usage, struct socket_watch *watch);
};

struct socket_watch {
    /* C core's part. */
    const struct socket_mutator_functions *functions;
    gpr_refcount references;

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

/* The argument for a channel's creation. */
grpc_arg socket_watch_argument(struct socket_watch *watch);

/* Cuts the connection as a network does: without a word. False where there is none. */
bool socket_watch_cut(struct socket_watch *watch);

/* The connection's own address, 127.0.0.1:54782 or unix; empty where there is none. */
void socket_watch_address(struct socket_watch *watch, char *text, size_t size);

#endif
