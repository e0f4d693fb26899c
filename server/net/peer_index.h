/*
 * Finds a connection by the client's address and port. C core names a connection that speaks TLS by
 * these, and not by its descriptor.
 *
 * A client may have two connections from one port, to two addresses of the server: then the newer
 * one is found. So nothing that must be certain may depend on it, such as who the client is.
 *
 * The caller of every function but the peer_key_... ones holds connections.lock.
 */
#ifndef COMMS_SERVER_NET_PEER_INDEX_H
#define COMMS_SERVER_NET_PEER_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct connection;

/* A TCP address in a form of its own, for comparison byte by byte. */
struct peer_key {
    unsigned char address[16]; /* of IPv4 the first 4 bytes */
    uint32_t scope;            /* of IPv6 */
    uint16_t port;             /* in the order of the network */
    uint16_t family;           /* AF_INET, AF_INET6; 0: no TCP address */
};

/* The key of a socket's address; family 0 for another kind of socket. */
struct peer_key peer_key_of_address(const struct sockaddr *address);

/*
 * The key of C core's name of a connection: "ipv4:127.0.0.1:1337", "ipv6:%5B::1%5D:1337"; family 0
 * for another text.
 */
struct peer_key peer_key_of_name(const char *name);

enum { PEER_INDEX_BUCKETS = 4096 };

/* All zeroes, except the secret, which keeps clients from choosing addresses for one bucket. */
struct peer_index {
    struct connection *buckets[PEER_INDEX_BUCKETS];
    unsigned char secret[16];
};

void peer_index_init(struct peer_index *index);

/* Adds a connection, or takes it out. A connection without a TCP address is in no index. */
void peer_index_add(struct peer_index *index, struct connection *connection);
void peer_index_remove(struct peer_index *index, struct connection *connection);

/* The connection that was added last of those with this key; NULL: none. */
struct connection *peer_index_find(const struct peer_index *index, const struct peer_key *key);

/* Reads the N of "fd:N", C core's name of a connection that it was given as a descriptor. */
bool peer_parse_descriptor(const char *peer, uint64_t *ret_descriptor);

#endif
