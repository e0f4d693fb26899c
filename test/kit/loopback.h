/*
 * TCP sockets on 127.0.0.1. `flags` are those of socket(2): SOCK_CLOEXEC, SOCK_NONBLOCK. Each
 * function may be called from any thread.
 */
#ifndef COMMS_TEST_KIT_LOOPBACK_H
#define COMMS_TEST_KIT_LOOPBACK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* Lets a new network namespace have 127.0.0.1. False: it cannot be done. */
bool loopback_bring_up(void);

struct sockaddr_in loopback_address(uint16_t port);

/*
 * Opens a socket that is bound and does not listen: as long as it is open, nobody else gets its
 * port, and connections to it are refused. The kernel chooses the port. The caller closes the
 * descriptor; -1 with errno set on failure.
 */
int loopback_reserve(int flags, uint16_t *ret_port);

/*
 * The same, for a server that is started and started again: while the descriptor is open, only
 * programs that set SO_REUSEADDR and ask for this very port can listen on it.
 */
int loopback_hold(int flags, uint16_t *ret_port);

/* Opens a socket that listens on `port`, or on a port of the kernel's choice (0). As above. */
int loopback_listen(uint16_t port, int flags, uint16_t *ret_port);

/*
 * Opens a socket whose host seems to swallow packets: it listens, but its queue is full, so that
 * the kernel answers no further connection. The caller closes it and *ret_queued, the connection
 * that fills the queue; -1 with errno set on failure.
 */
int loopback_listen_silent(int *ret_queued, uint16_t *ret_port);

#endif
