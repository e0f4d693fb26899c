/* The sockets that the server listens on: from the addresses of the command line. */
#ifndef COMMS_SERVER_NET_SOCKETS_H
#define COMMS_SERVER_NET_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOCKET_NAME_SIZE = 128, SOCKETS_ERROR_SIZE = 256 };

struct listening_socket {
    int descriptor;
    int lock;                    /* descriptor of a unix socket's lock file, or -1 */
    char name[SOCKET_NAME_SIZE]; /* "127.0.0.1:1337", "[::1]:1337", "unix:PATH" */
};

struct sockets {
    struct listening_socket *items;
    size_t count;
};

/*
 * Whether the text has the form of an address: IPv4, IPv6 (brackets or not), a host name, or
 * unix:PATH; without a port.
 */
bool sockets_is_address(const char *text);

/*
 * Opens a listening socket for each address, for a host name one for each of its
 * addresses. With no address at all: loopback of both families, of which one may be
 * missing on this machine. Port 0 takes one that the kernel chooses, the same for all. No address
 * is shared with another process. Each must be one by sockets_is_address.
 *
 * 0, or -1 with nothing open and a sentence in `error`.
 */
int sockets_open(struct sockets *sockets, const char *const *addresses, size_t count, uint16_t port,
                 char error[static SOCKETS_ERROR_SIZE]);

/* Closes them, and removes what they left in the file system. */
void sockets_close(struct sockets *sockets);

#endif
