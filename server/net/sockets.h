/* The sockets that the server listens on, one for each address. For the main thread. */
#ifndef COMMS_SERVER_NET_SOCKETS_H
#define COMMS_SERVER_NET_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOCKET_NAME_SIZE = 128, SOCKETS_ERROR_SIZE = 256 };

struct listening_socket {
    int descriptor;
    int lock;                    /* descriptor of a unix socket's lock file; -1 for TCP */
    char name[SOCKET_NAME_SIZE]; /* "127.0.0.1:1337", "[::1]:1337", "unix:PATH" */
};

struct sockets {
    struct listening_socket *items;
    size_t count;
};

/*
 * Whether the text has the form of an address: IPv4, IPv6 (in brackets or not), a host name, or
 * unix:PATH; without a port.
 */
bool sockets_is_address(const char *text);

/*
 * Opens a socket for each address that sockets_is_address accepts; a host name may have several.
 * `count` 0: the loopback of both families, one of which may be missing on this machine. `port` 0:
 * one that the kernel chooses, the same for all. No other process can share an address.
 *
 * Returns 0, or -1 with nothing open and a sentence in `error`.
 */
int sockets_open(struct sockets *sockets, const char *const *addresses, size_t count, uint16_t port,
                 char error[static SOCKETS_ERROR_SIZE]);

/* Closes the sockets, and removes what they left in the file system. */
void sockets_close(struct sockets *sockets);

#endif
