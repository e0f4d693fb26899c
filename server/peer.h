/* The other end of a connection, for people. */
#ifndef COMMS_SERVER_PEER_H
#define COMMS_SERVER_PEER_H

#include <stddef.h>
#include <sys/socket.h>

/*
 * Writes the peer that C core names: a connection that was given to it as a descriptor is "fd:N"
 * there, and N is open as long as one of its calls lives.
 */
void peer_describe(const char *name, char *text, size_t size);

/* Writes an address: "127.0.0.1:1337", "[::1]:1337", "unix:PATH". */
void address_describe(const struct sockaddr *address, socklen_t length, char *text, size_t size);

#endif
