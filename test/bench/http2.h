/*
 * The client's side of HTTP/2 for gRPC streams that only receive, as cheap as can be: it decodes no
 * header, and copies only the beginnings of messages that arrive in parts. Such a reader costs a
 * few per cent of the server that feeds it, so a measurement shows the server's own limit.
 *
 * What no server of this bench does (padding, PUSH_PROMISE) is not handled. An error ends the
 * program with a message. For one thread.
 */
#ifndef COMMS_BENCH_HTTP2_H
#define COMMS_BENCH_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP2_REQUEST_MAX = 1024,
    HTTP2_MESSAGE_KEPT = 1024,   /* bytes of a message that arrives in parts; the rest is counted */
    HTTP2_MESSAGE_MAX = 16777216 /* a longer one is taken for an error of the server */
};

struct http2_stream {
    struct http2_connection *connection;
    uint32_t id; /* 0: not open */

    /* the message that is being read, with the five bytes that gRPC puts before it */
    size_t have;                           /* bytes of it that have come */
    uint8_t bytes[5 + HTTP2_MESSAGE_KEPT]; /* the first of them */

    uint32_t consumed; /* bytes of its window that were not given back yet */
};

/* The functions that are called for what comes. `bytes` are the first HTTP2_MESSAGE_KEPT bytes of a
 * longer message. */
struct http2_listener {
    void (*message)(struct http2_stream *stream, const uint8_t *bytes, size_t length);
    void (*ended)(struct http2_stream *stream); /* the stream may be opened again */
};

struct http2_connection {
    int descriptor;
    struct ssl_st *tls; /* NULL: the connection is plain */
    const struct http2_listener *listener;

    struct http2_stream **open; /* by identifier, modulo `room`; NULL: free */
    uint32_t room;              /* a power of two */
    uint32_t next_id;

    /* the frame that is being read */
    size_t have; /* bytes of its header; 9: the payload follows */
    uint8_t header[9];
    uint32_t left;      /* bytes of its payload that are still to come */
    size_t kept;        /* bytes in `payload` */
    uint8_t payload[8]; /* the beginning of a control frame's payload */

    uint32_t consumed; /* bytes of the connection's window that were not given back yet */
};

/* Connects to 127.0.0.1, by TLS or plain, with room for this number of open streams. */
void http2_connect(struct http2_connection *connection, uint16_t port, bool by_tls,
                   uint32_t streams, const struct http2_listener *listener);

/* Opens a stream with a grpc.Request of these bytes, and half-closes it. */
void http2_open(struct http2_connection *connection, struct http2_stream *stream,
                const uint8_t *request, size_t length);

/* Reads what has come, a megabyte at most. */
void http2_read(struct http2_connection *connection);

#endif
