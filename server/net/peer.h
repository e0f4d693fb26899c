/* The other end of a connection, for people. */
#ifndef COMMS_SERVER_NET_PEER_H
#define COMMS_SERVER_NET_PEER_H

#include <stddef.h>

/*
 * Writes the peer that C core names: a connection that was given to it as a descriptor is "fd:N"
 * there, and N is open as long as one of its calls lives.
 */
void peer_describe(const char *name, char *text, size_t size);

#endif
