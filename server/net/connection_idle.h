/*
 * The end of a connection that has no stream for too long. C core has an idle time of its own, but
 * its filter costs every number a tenth more CPU. Here somebody looks at all connections from time
 * to time.
 */
#ifndef COMMS_SERVER_NET_CONNECTION_IDLE_H
#define COMMS_SERVER_NET_CONNECTION_IDLE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Nanoseconds from one look to the next. A look finds that a stream is gone, another one that the
 * idle time is over, and the one after it that the client has not closed the connection: so the end
 * comes three pauses late at most. `idle_ns` is the idle time.
 */
int64_t connection_idle_pause(int64_t idle_ns);

/* Whether the kernel has bytes that the client has not acknowledged. */
bool connection_idle_has_unsent_bytes(int descriptor);

/*
 * Asks the client of a plain HTTP/2 connection to close it, by GOAWAY. Then it sends a call that it
 * is just starting on another connection; that call would fail if nothing were said. No bytes may
 * be unsent: C core writes a part of a frame only if the kernel has no room for more, so the frame
 * goes between two of C core's.
 */
void connection_idle_say_goodbye(int descriptor);

#endif
