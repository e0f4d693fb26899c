/*
 * What becomes of a connection's TLS handshake. C core tells why OpenSSL refuses one
 * (rpc/tls_port). It says nothing where the client ends the connection, or offers another protocol
 * than HTTP/2: the log has a line about these from here.
 *
 * traffic_watch calls it, for a connection in one thread at a time.
 */
#ifndef COMMS_SERVER_NET_HANDSHAKE_WATCH_H
#define COMMS_SERVER_NET_HANDSHAKE_WATCH_H

#include <openssl/ssl.h>
#include <stdatomic.h>

/* The field is for this module. */
struct handshake_watch {
    atomic_int state;
};

/* A connection without TLS begins; or it is to speak TLS. */
void handshake_watch_init(struct handshake_watch *watch);
void handshake_watch_begin(struct handshake_watch *watch);

/* SSL_do_handshake has returned this result. Before other functions of OpenSSL are called. */
void handshake_watch_note(struct handshake_watch *watch, const SSL *ssl, int result);

/* The client has sent bytes inside TLS. */
void handshake_watch_hear(struct handshake_watch *watch);

/* The client has ended the connection. */
void handshake_watch_lose(struct handshake_watch *watch);

/* The connection is closed. `peer`: the client's address, for the log. */
void handshake_watch_end(struct handshake_watch *watch, const char *peer);

#endif
