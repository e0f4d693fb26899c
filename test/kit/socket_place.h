/*
 * A place for tests of listening sockets: a folder of the test's own for unix sockets, the sockets
 * that it has open, and what must hold of them. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_SOCKET_PLACE_H
#define COMMS_TEST_KIT_SOCKET_PLACE_H

#include "server/net/sockets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLACE_PATH_SIZE = 256 };

struct socket_place {
    struct sockets sockets;
    bool has_ipv6;
    size_t descriptors; /* open before the test */
    char folder[PLACE_PATH_SIZE / 2];
    char path[PLACE_PATH_SIZE]; /* in the folder */
    char lock_path[PLACE_PATH_SIZE + 8];
    char address[PLACE_PATH_SIZE + 8]; /* unix:PATH */
};

extern struct socket_place place;

/* A fixture. At its end nothing may be left: no descriptor, no file. */
void place_set_up(void);
void place_tear_down(void);

/* Names another path in the folder. */
void place_set_path(const char *name);

/* Opens place.sockets; the test fails if that fails. */
void sockets_must_open(const char *const *addresses, size_t count, uint16_t port);

/* Opening must fail with an error that has this text, and leave nothing open. */
void sockets_must_fail(const char *const *addresses, size_t count, uint16_t port, const char *text);

/* A client can connect to it, and it can be polled with others. */
void socket_must_listen(const struct listening_socket *listening);

#endif
