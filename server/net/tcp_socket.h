/* A socket that listens on an IPv4 or IPv6 address. Every function is for any thread. */
#ifndef COMMS_SERVER_NET_TCP_SOCKET_H
#define COMMS_SERVER_NET_TCP_SOCKET_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * Looks up the addresses of a name, or of an address without brackets. Returns 0, or an error for
 * gai_strerror. The caller frees *ret_found with freeaddrinfo.
 */
int tcp_socket_resolve(const char *host, struct addrinfo **ret_found);

/* Whether this machine has addresses of AF_INET or AF_INET6: at least loopback. */
bool tcp_socket_has_family(int family);

/* Sets the port of an IPv4 or IPv6 address. */
void tcp_socket_set_port(struct sockaddr_storage *address, uint16_t port);

/*
 * Binds a socket to the address and listens. If *port is 0, the kernel chooses one. Sets *port, and
 * the port of the address. No other process can share the port. Returns the descriptor, or -1 with
 * errno.
 */
int tcp_socket_open(struct sockaddr_storage *address, socklen_t length, int backlog,
                    uint16_t *port);

/*
 * Has the kernel end each connection that this socket accepts from now on, when its client neither
 * acknowledges nor takes what was sent for this time (TCP_USER_TIMEOUT). gRPC's keepalive does not
 * notice such a client while data waits to be written. And what is still to be sent when a
 * connection is closed would stay in the kernel's memory for minutes.
 */
void tcp_socket_set_user_timeout(int descriptor, int64_t timeout_ns);

/*
 * Sends at once what the kernel holds back of earlier writes with MSG_MORE. Every socket that
 * accepts connections here has TCP_NODELAY; nothing else changes. Another kind of socket: nothing.
 */
void tcp_socket_flush(int descriptor);

/* The bytes of a connected socket of any family that the kernel keeps, because the peer's has not
 * taken them; 0: not known. */
uint64_t tcp_socket_untaken(int descriptor);

/* Ends a connected socket of any family, as if the network had cut it. */
void tcp_socket_break(int descriptor);

#endif
