/* A client's end of a unix socket. A failure of the system ends the fuzzer. */
#ifndef COMMS_TEST_FUZZ_SERVER_RAW_SOCKET_H
#define COMMS_TEST_FUZZ_SERVER_RAW_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RAW_SOCKET_KEPT = 4096 };

struct raw_socket {
    int descriptor;
    bool is_closed;                /* by the server */
    uint8_t kept[RAW_SOCKET_KEPT]; /* what came last */
    size_t length;
};

void raw_socket_connect(struct raw_socket *raw, const char *path);

/* Sends all, unless the server closes the connection, and reads meanwhile. */
void raw_socket_send(struct raw_socket *raw, const void *bytes, size_t length);

/* Reads until what is kept has these bytes. False: not within the time, or the end came first. */
bool raw_socket_await(struct raw_socket *raw, const char *bytes, int timeout_ms);

/* Says that no more bytes come. */
void raw_socket_half_close(struct raw_socket *raw);

/* Reads until the server has closed. False: not within the time. */
bool raw_socket_await_end(struct raw_socket *raw, int timeout_ms);

void raw_socket_close(struct raw_socket *raw);

#endif
