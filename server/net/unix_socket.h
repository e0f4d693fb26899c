/*
 * A socket that listens on a path. Its server holds a lock on the file PATH.lock, so that of two
 * servers that start at once one has the path. A socket that is there already is replaced only if
 * nobody listens on it: another program's, which knows no lock, is asked by connecting to it. Two
 * programs that do not know each other's lock and begin within the same moment cannot be told
 * apart: the kernel has no operation that replaces a socket only if it is dead.
 *
 * Every function is for any thread.
 */
#ifndef COMMS_SERVER_NET_UNIX_SOCKET_H
#define COMMS_SERVER_NET_UNIX_SOCKET_H

#include <sys/types.h>

enum { UNIX_SOCKET_ERROR_SIZE = 256 };

struct unix_socket {
    int descriptor; /* non-blocking */
    int lock;       /* the descriptor of PATH.lock, which is locked */
    dev_t device;   /* of the socket's file, */
    ino_t inode;    /* which no other file has while the socket is open */
};

/* The path inside the text of an address `unix:PATH`; NULL for any other address. */
const char *unix_socket_path(const char *address);

/*
 * Locks the path, removes a dead socket, binds and listens. Returns 0; or -1 with nothing left
 * behind, and in `error` why not, for the user.
 */
int unix_socket_open(const char *path, int backlog, struct unix_socket *ret_socket,
                     char error[static UNIX_SOCKET_ERROR_SIZE]);

/* Closes the socket. Removes its file and the lock's, unless another program has replaced them. */
void unix_socket_close(const char *path, const struct unix_socket *socket);

#endif
