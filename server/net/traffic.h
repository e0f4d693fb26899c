/*
 * Bounds what a client may send. C core reads whatever comes: it buffers a message whole before it
 * looks at its length, and takes gigabytes of frames that mean nothing. So this module counts the
 * bytes of each connection where they come in: it stands in front of recvmsg(2) and sendmsg(2), by
 * which C core reads and writes, as functions of the program with these names.
 *
 * A client may send TRAFFIC_BURST bytes at once, and TRAFFIC_RATE more each second. Every call and
 * every message that the server takes adds TRAFFIC_CREDIT, and every byte that it sends adds a
 * sixteenth: the frames of flow control are less. A connection that sends more is shut down. So a
 * client that keeps to the protocol is never near the bound.
 *
 * Every function may be called from any thread.
 */
#ifndef COMMS_SERVER_NET_TRAFFIC_H
#define COMMS_SERVER_NET_TRAFFIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    TRAFFIC_BURST = 5 * 1024 * 1024,
    TRAFFIC_RATE = 16 * 1024,
    TRAFFIC_CREDIT = 32 * 1024, /* about twice the largest headers and message */
    TRAFFIC_SENT_SHARE = 16
};

/* All zeroes at first. */
struct traffic {
    atomic_int_fast64_t used;  /* bytes of TRAFFIC_BURST, at the time `since` */
    atomic_int_fast64_t since; /* time on the clock */
    atomic_bool is_cut;
};

/* Counts received bytes. True for the first that are too many: the caller shuts the connection
 * down. */
bool traffic_receive(struct traffic *traffic, int64_t bytes, int64_t now);

/* The client may send so many bytes more, but never more than TRAFFIC_BURST at once. */
void traffic_credit(struct traffic *traffic, int64_t bytes);

struct connections;

/* Counts the traffic of these connections from now on; NULL: of none. */
void traffic_watch(struct connections *connections);

#endif
