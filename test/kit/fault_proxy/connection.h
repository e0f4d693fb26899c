/*
 * One connection through the fault proxy: it moves bytes both ways, and makes its fault at the
 * exact place. It never waits: it says what it waits for. For the proxy's thread.
 */
#ifndef COMMS_TEST_KIT_FAULT_PROXY_CONNECTION_H
#define COMMS_TEST_KIT_FAULT_PROXY_CONNECTION_H

#include "test/kit/fault_proxy/fault.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes are counted on the first connections only, this many. */
enum { FAULT_PROXY_COUNTED = 64 };

/* What all connections of a proxy report to; other threads read the counters. */
struct fault_reports {
    FILE *log;         /* gets a line for each fault; or NULL */
    int reached_event; /* semaphore: connections that have begun to await a command */
    int strike_event;  /* semaphore: commands that no connection has taken yet */

    atomic_uint faults_made;
    atomic_uint_fast64_t bytes[FAULT_PROXY_COUNTED]; /* in the fault's direction, by connection */
};

struct fault_connection;

/*
 * Takes over two connected sockets. `index` is the connection's number from 0 on. `reports` must
 * outlive it. NULL where memory is missing: the sockets then are still the caller's.
 */
struct fault_connection *fault_connection_create(struct fault_reports *reports, unsigned index,
                                                 struct fault fault, int client, int server);

/* Closes both sockets, with RST where the connection broke or its fault was a reset. */
void fault_connection_destroy(struct fault_connection *connection);

/* What a connection waits for: bytes or room on a side, a time, or a command. */
struct fault_connection_wait {
    struct pollfd sides[2]; /* fd -1: not for this side */
    int64_t until_ns;       /* on clock_monotonic; CLOCK_NEVER: not for a time */
    bool for_command;       /* for reports->strike_event */
};
struct fault_connection_wait fault_connection_wait(const struct fault_connection *connection);

/* Moves what can be moved without waiting; false when the connection is over. */
bool fault_connection_serve(struct fault_connection *connection);

/* Closes a socket, by RST or by FIN. */
void fault_socket_close(int fd, bool reset);

#endif
