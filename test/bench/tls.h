/* The client's side of TLS over a socket, for HTTP/2. It verifies nothing. For one thread. */
#ifndef COMMS_TEST_BENCH_TLS_H
#define COMMS_TEST_BENCH_TLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ssl_st;

/* Shakes hands on a connected, blocking socket. Gives up (bench_program.h) if that fails. */
struct ssl_st *tls_begin(int descriptor);

/* As recv(2) and send(2) on a non-blocking socket: 0: closed; -1 with EAGAIN: later. */
ssize_t tls_receive(struct ssl_st *tls, uint8_t *bytes, size_t size);
ssize_t tls_send(struct ssl_st *tls, const uint8_t *bytes, size_t length);

#endif
