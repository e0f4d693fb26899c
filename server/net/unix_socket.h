/*
 * A socket that listens on a path. A running server holds a lock on the file PATH.lock. Without the
 * lock a second server could not tell a socket in use from one that a dead server left, and a
 * server that exits could remove the socket of its successor. Every function is for any thread.
 */
#ifndef COMMS_SERVER_NET_UNIX_SOCKET_H
#define COMMS_SERVER_NET_UNIX_SOCKET_H

/* The path inside the text of an address `unix:PATH`; NULL for any other address. */
const char *unix_socket_path(const char *address);

/*
 * Locks the path, removes the socket that a dead server left, binds and listens. Returns the
 * socket's descriptor, with *ret_lock the lock file's, or -1 with errno and nothing left behind:
 * EADDRINUSE if a running server holds the lock, EEXIST if the path is a file but no socket.
 */
int unix_socket_open(const char *path, int backlog, int *ret_lock);

/* Removes the socket and its lock file, and closes both descriptors. */
void unix_socket_close(const char *path, int descriptor, int lock);

#endif
