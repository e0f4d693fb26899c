/* comms-server and comms-client, on ports of 127.0.0.1. */
#ifndef COMMS_TEST_KIT_PROGRAMS_COMMS_PROGRAMS_H
#define COMMS_TEST_KIT_PROGRAMS_COMMS_PROGRAMS_H

#include "test/kit/programs/program.h"

#include <stdint.h>

struct server {
    struct program *program;
    uint16_t port;
};

/* Starts a comms-server and waits until it listens, on a port that the kernel chose. More options
 * may follow the mode, then NULL. */
struct server server_start(const char *mode, ...) __attribute__((sentinel));
/* The same for a server that is to be started again: while the test's process lives, nobody else
 * gets the port. */
struct server server_start_held(const char *mode, ...) __attribute__((sentinel));
/* The same on a given port, which server_start_held has got. */
struct server server_start_port(const char *mode, unsigned port, ...) __attribute__((sentinel));

/* The same with its further options in an array that ends with NULL. */
struct server server_start_array(const char *mode, unsigned port, const char *const *options);

/* Ends it by SIGTERM; the test fails unless the status is 0 (a sanitizer that found something makes
 * it another one). */
void server_stop(struct server *server);
void server_kill(struct server *server);

/* Starts a comms-client of the server at this port; its options follow, then NULL. */
struct program *client_start(unsigned port, ...) __attribute__((sentinel));

#endif
