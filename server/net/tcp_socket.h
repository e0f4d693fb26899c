/* A socket that listens on an IPv4 or IPv6 address. Every function is for any thread. */
#ifndef COMMS_SERVER_NET_TCP_SOCKET_H
#define COMMS_SERVER_NET_TCP_SOCKET_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

/* Bytes of a host's text, NUL included. */
enum { TCP_HOST_SIZE = 128 };

/* Whether the text has the form of an IPv4 or IPv6 address (in brackets or not) or a host name. */
bool tcp_socket_is_host(const char *text);

/*
 * Looks up the addresses of a host that tcp_socket_is_host accepts. Returns 0, or an error for
 * gai_strerror. The caller frees *ret_found with freeaddrinfo.
 */
int tcp_socket_resolve(const char *host, struct addrinfo **ret_found);

/*
 * Binds a socket to one of these addresses and listens. If *port is 0, the kernel chooses, and
 * *port is set. No other process can share the port. Returns the descriptor, with *ret_address the
 * address that it is bound to, or -1 with errno.
 */
int tcp_socket_open(const struct addrinfo *info, int backlog, uint16_t *port,
                    struct sockaddr_storage *ret_address);

#endif
