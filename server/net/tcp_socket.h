/* A listening socket of an IPv4 or IPv6 address. For any thread. */
#ifndef COMMS_SERVER_NET_TCP_SOCKET_H
#define COMMS_SERVER_NET_TCP_SOCKET_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

/* Room for a host, NUL included. */
enum { TCP_HOST_SIZE = 128 };

/* Whether the text has the form of an IPv4 or IPv6 address (in brackets or not) or a host name. */
bool tcp_socket_is_host(const char *text);

/*
 * Looks up the addresses of a host that tcp_socket_is_host; the caller frees *ret_found by
 * freeaddrinfo. 0, or an error for gai_strerror.
 */
int tcp_socket_resolve(const char *host, struct addrinfo **ret_found);

/*
 * Binds and listens on one of these addresses; port 0: the kernel chooses, and *port is set. No
 * other process can share the port. *ret_address is what the socket is bound to. -1 with errno.
 */
int tcp_socket_open(const struct addrinfo *info, int backlog, uint16_t *port,
                    struct sockaddr_storage *ret_address);

#endif
