/*
 * Counts what C core reads and writes (traffic): it stands in front of recvmsg(2), sendmsg(2) and
 * close(2), and of OpenSSL's SSL_new, SSL_do_handshake and SSL_read, as functions of the program
 * with these names, which C core calls. What a connection that has sent too much sends, C core
 * never sees: it gets an error, as if the client had reset the connection.
 *
 * A write that is to be held back (work/write_hold.h) gets MSG_MORE.
 *
 * A table of the process has the watch of each descriptor, so that no read and no write takes a
 * lock. A watch is never freed; with the number of a descriptor it is used again. C core keeps the
 * descriptor open while it reads and writes, and while a call of the connection lives, so that the
 * watch is that connection's.
 */
#ifndef COMMS_SERVER_NET_TRAFFIC_WATCH_H
#define COMMS_SERVER_NET_TRAFFIC_WATCH_H

#include "server/net/handshake_watch.h"
#include "server/net/traffic.h"
#include "server/work/write_hold.h"
#include "shared/base/address.h"

#include <stdatomic.h>
#include <stdbool.h>

struct traffic_watch {
    struct traffic traffic;
    struct write_hold hold; /* of the connection's writes */
    struct handshake_watch handshake;

    atomic_bool is_on;  /* the descriptor is watched */
    atomic_bool is_cut; /* it has sent too much, and was shut down */

    /* C core orders the threads that read a connection one behind the other. The thread sanitizer
     * does not see that: each of them loads this word first, and stores it last. */
    atomic_bool turn;

    int descriptor; /* always the same */

    /* written before C core has the descriptor */
    bool is_encrypted;               /* only OpenSSL knows what the bytes mean */
    char address[ADDRESS_TEXT_SIZE]; /* the client's, for the log */
};

/*
 * Watches a descriptor from now on, as a new connection with this address of the client. NULL if
 * memory is missing. Before C core has the descriptor.
 */
struct traffic_watch *traffic_watch_begin(int descriptor, const char *address,
                                          const struct traffic_limits *limits);

/* The connection has ended, or its bytes are nobody's matter any more. close(2) says so, too. */
void traffic_watch_end(struct traffic_watch *watch);

/* Calls of all connections that C core has for the acceptor. From any thread. */
int64_t traffic_watch_waiting(void);

/* One more call of any connection exists, or one less. From any thread. */
void traffic_watch_count_calls(int change);

/* The same of the calls that have sent a message and are not over. */
void traffic_watch_count_served(int change);

/* The acceptor has taken all calls, and waits for the next; or it waits no more. */
void traffic_watch_set_idle(bool is_idle);

/*
 * The descriptor that this thread gives to C core, to speak TLS, until it says -1: C core makes the
 * connection's SSL inside the call.
 */
void traffic_watch_expect_tls(int descriptor);

#endif
