/*
 * How many connections there may be, and how many there are: in all, with TLS, and of each address.
 * An address is that of one host, without the port; a unix socket has none.
 *
 * The caller makes sure that one thread at a time uses these functions.
 */
#ifndef COMMS_SERVER_NET_CONNECTION_LIMITS_H
#define COMMS_SERVER_NET_CONNECTION_LIMITS_H

#include "server/net/connection_refusal.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Connections of one kind, and how many there may be of them. */
struct connection_limit {
    uint64_t max;
    uint64_t live;
};

struct address_limit;

struct connection_limits {
    struct connection_limit all;
    struct connection_limit tls; /* of TCP connections; max 0: they do not speak TLS */
    uint64_t max_per_address;    /* 0: no limit, and no address is counted */
    void *addresses;             /* a tree of struct address_limit, each with a live connection */
};

/* What one connection counts in. */
struct connection_counted {
    struct connection_limit *all;
    struct connection_limit *tls;  /* NULL: it does not speak TLS */
    struct address_limit *address; /* NULL: its address is not counted */
};

/*
 * Counts one connection more of this address, in *ret_counted. Or says why there may not be one
 * more, and counts nothing.
 */
enum connection_refusal connection_limits_count(struct connection_limits *limits,
                                                const struct sockaddr *address,
                                                struct connection_counted *ret_counted);

/* The connection has ended: counts one less. */
void connection_limits_forget(struct connection_limits *limits,
                              const struct connection_counted *counted);

#endif
