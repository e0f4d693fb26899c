/*
 * Connections that a test holds open and that say nothing, from addresses of this machine. Closed
 * by held_close, or with the process. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_HELD_CONNECTIONS_H
#define COMMS_TEST_KIT_HELD_CONNECTIONS_H

#include <stddef.h>
#include <stdint.h>

/* Opens `count` connections to this port of 127.0.0.1, from 127.0.0.`from`. */
void held_open(uint16_t port, unsigned char from, size_t count);

/* How many of them the server has closed by now. */
size_t held_count_refused(void);

/* Waits until the server has closed `count` of them; the test fails after 20 s. */
void held_await_refused(size_t count);

/* Closes all. */
void held_close(void);

/*
 * The milliseconds until the server at this port takes a new connection and answers its preface;
 * connections that it closes are tried again. The test fails after 20 s.
 */
int64_t held_await_service(uint16_t port);

#endif
