/*
 * The end of a connection that has no stream for too long. C core has an idle time of its own, but
 * its filter costs every number a tenth more CPU. Here somebody looks at all connections from time
 * to time.
 */
#ifndef COMMS_SERVER_NET_CONNECTION_IDLE_H
#define COMMS_SERVER_NET_CONNECTION_IDLE_H

#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds from one look to the next: the end comes later than its time by two of them at most.
 * `idle_ns` is the idle time. */
int64_t connection_idle_pause(int64_t idle_ns);

/*
 * Ends the connection of this descriptor: C core closes it when it has read the end. `is_plain`:
 * the client is told before by GOAWAY, and so sends a call that it is just starting again by
 * itself. TLS is C core's, and nothing of ours can be sent there.
 */
void connection_idle_end(int descriptor, bool is_plain);

#endif
