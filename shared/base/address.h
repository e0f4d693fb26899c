/* Socket addresses as text. May be called from any thread. */
#ifndef COMMS_SHARED_BASE_ADDRESS_H
#define COMMS_SHARED_BASE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { ADDRESS_TEXT_SIZE = 128 }; /* a unix path fits */

/* Writes 127.0.0.1:1337, [::1]:1337 or unix:/run/comms.sock, cut to what fits. */
void address_describe(const struct sockaddr *address, socklen_t length, char *text, size_t size);

/* The length of the part of address_describe's text that one client has on all its connections: the
 * address without the port; on unix sockets "unix", since a client chooses its own path. */
size_t address_host_length(const char *text);

/*
 * Whether it is an IPv4 address in the form of an IPv6 one, as ::ffff:127.0.0.1: sockets that serve
 * both families have such addresses. Sets *ret_ipv4 then.
 */
bool address_unmap(const struct sockaddr *address, struct sockaddr_in *ret_ipv4);

/* Whether it is a TCP address of 127.0.0.0/8 or ::1, which only this machine can reach. */
bool address_is_loopback(const struct sockaddr *address);

#endif
