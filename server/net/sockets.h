/* The sockets that the server listens on, one for each address. For the main thread. */
#ifndef COMMS_SERVER_NET_SOCKETS_H
#define COMMS_SERVER_NET_SOCKETS_H

#include "server/net/unix_socket.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOCKET_NAME_SIZE = 128, SOCKETS_ERROR_SIZE = 400 };

struct listening_socket {
    int descriptor;
    char name[SOCKET_NAME_SIZE]; /* "127.0.0.1:1337", "[::1]:1337", "unix:PATH" */
    bool is_loopback;            /* TCP that only programs of this machine can reach */
    bool is_unix;
    bool is_passed;          /* systemd has opened it: its file stays */
    struct unix_socket file; /* of a unix socket that is not passed */
};

struct sockets {
    struct listening_socket *items;
    size_t count;
};

/*
 * Opens a socket for each address that target_parse reads. A host name may have several, and each
 * address is opened once, however often it is given. `count` 0: the loopback of both families.
 * `port` 0: one that the kernel chooses, the same for all. No other process can share an address.
 *
 * If the machine lacks a family, its addresses are skipped as long as another is listened on; the
 * log has a warning for each that was asked for. Returns 0, or -1 with nothing open and a sentence
 * in `error`.
 */
int sockets_open(struct sockets *sockets, const char *const *addresses, size_t count, uint16_t port,
                 char error[static SOCKETS_ERROR_SIZE]);

/* Calls tcp_socket_set_user_timeout for the TCP sockets. */
void sockets_set_user_timeout(const struct sockets *sockets, int64_t timeout_ns);

/*
 * Warns once if other machines can reach a socket and the connections are not encrypted. `has_tls`:
 * TCP connections speak TLS.
 */
void sockets_warn_of_plain(const struct sockets *sockets, bool has_tls);

/* Closes the sockets, and removes what they left in the file system. */
void sockets_close(struct sockets *sockets);

#endif
