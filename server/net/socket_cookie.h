/* The kernel's number of a socket, which no other socket ever gets. From any thread. */
#ifndef COMMS_SERVER_NET_SOCKET_COOKIE_H
#define COMMS_SERVER_NET_SOCKET_COOKIE_H

#include <stdint.h>

/* 0: the descriptor is closed, or is no socket, or the kernel has no cookies. */
uint64_t socket_cookie_read(int descriptor);

#endif
