/*
 * TLS for a raw client, by OpenSSL: recv(2) and send(2) over it. It trusts every server, as an
 * attacker does. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_RAW_HTTP2_RAW_TLS_H
#define COMMS_TEST_KIT_RAW_HTTP2_RAW_TLS_H

#include <stddef.h>
#include <sys/types.h>

struct raw_tls;

/* Shakes hands on a connected, non-blocking socket; fails the test if the server does not. */
struct raw_tls *raw_tls_start(int descriptor);

/* The socket stays open. NULL: does nothing. */
void raw_tls_destroy(struct raw_tls *tls);

/* As recv(2) and send(2) do: the count of bytes; 0: the end; -1 with errno, which may be EAGAIN. */
ssize_t raw_tls_receive(struct raw_tls *tls, void *bytes, size_t size);
ssize_t raw_tls_send(struct raw_tls *tls, const void *bytes, size_t length);

#endif
