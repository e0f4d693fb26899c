/*
 * Socket activation: systemd opens the listening sockets and passes them as descriptors 3 and on.
 * They stay systemd's: while the server is started anew, clients wait in their backlog, and are not
 * refused. For the main thread.
 */
#ifndef COMMS_SERVER_NET_PASSED_SOCKETS_H
#define COMMS_SERVER_NET_PASSED_SOCKETS_H

#include "server/net/sockets.h"

enum { PASSED_SOCKETS_FIRST = 3 };

/*
 * Takes the sockets that LISTEN_FDS counts, if LISTEN_PID is this process. `first` is their first
 * descriptor: PASSED_SOCKETS_FIRST, or a test's. Returns how many there
 * are, 0 without any, which leaves *sockets alone; or -1 with a sentence in `error`, for instance
 * because a descriptor is no stream socket that listens. sockets_close closes them, and leaves the
 * file of a unix socket where it is.
 */
int passed_sockets_take(struct sockets *sockets, int first, char error[static SOCKETS_ERROR_SIZE]);

/*
 * Takes the sockets of systemd; without any, calls sockets_open. Addresses that are given beside
 * sockets of systemd are not opened, and the log has a warning. 0, or -1 with a sentence in
 * `error`.
 */
int passed_sockets_or_open(struct sockets *sockets, const char *const *addresses, size_t count,
                           uint16_t port, char error[static SOCKETS_ERROR_SIZE]);

#endif
