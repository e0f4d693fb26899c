/*
 * A listening socket of a path. A lock file beside it, PATH.lock, says whether a server lives
 * behind the path: a bind would not tell, and the exit of one server would remove the socket of the
 * next. For any thread.
 */
#ifndef COMMS_SERVER_NET_UNIX_SOCKET_H
#define COMMS_SERVER_NET_UNIX_SOCKET_H

#include <stdbool.h>

/* The path of an address `unix:PATH`, inside the text; NULL: it is another address. */
const char *unix_socket_path(const char *address);

/* Whether the kernel takes a path so long. */
bool unix_socket_path_fits(const char *path);

/*
 * Locks the path, replaces the socket that a dead server left, binds and listens; *ret_lock is the
 * descriptor of the lock file. -1 with errno and nothing left behind: EADDRINUSE if a server lives,
 * EEXIST if the path is no socket.
 */
int unix_socket_open(const char *path, int backlog, int *ret_lock);

/* Removes the socket and its lock file, and closes both descriptors. */
void unix_socket_close(const char *path, int descriptor, int lock);

#endif
