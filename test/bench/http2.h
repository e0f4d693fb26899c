/*
 * The client's side of HTTP/2, as far as gRPC streams that only receive need it, and as cheap as
 * can be: no header is decoded, no byte is copied that need not be. A reader made of it costs a few
 * per cent of what a server costs that feeds it, so a measurement shows the server's own limit.
 *
 * Whatever a server of this benchmark never does (padding, PUSH_PROMISE, more than one command a
 * stream) is not there. An error ends the program, saying what it was. For one thread.
 */
#ifndef COMMS_BENCH_HTTP2_H
#define COMMS_BENCH_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP2_MESSAGE_MAX = 1024 };

struct http2_stream {
    struct http2_connection *connection;
    uint32_t id; /* 0: not open */

    /* The message that is being read, with the five bytes that gRPC puts before it. */
    size_t have;
    uint8_t bytes[5 + HTTP2_MESSAGE_MAX];

    uint32_t consumed; /* of its window, and not given back yet */
};

/* Who hears of what comes. */
struct http2_listener {
    void (*message)(struct http2_stream *stream, const uint8_t *bytes, size_t length);
    void (*ended)(struct http2_stream *stream); /* it is not open any more */
};

struct http2_connection {
    int descriptor;
    const struct http2_listener *listener;

    struct http2_stream **open; /* by their identifiers, modulo the room, which is a power of two */
    uint32_t room;
    uint32_t next_id;

    /* The frame that is being read. */
    size_t have; /* of its header; 9: the payload follows */
    uint8_t header[9];
    uint32_t left; /* of its payload */
    size_t kept;   /* of its payload: what a control frame says */
    uint8_t payload[8];

    uint32_t consumed; /* of the connection's window */
};

/* Connects to 127.0.0.1, with room for so many open streams. */
void http2_connect(struct http2_connection *connection, uint16_t port, uint32_t streams,
                   const struct http2_listener *listener);

/* Opens a stream by a grpc.Request of these bytes, which is all that it will send. */
void http2_open(struct http2_connection *connection, struct http2_stream *stream,
                const uint8_t *request, size_t length);

/* Reads what has come, at most a megabyte. */
void http2_read(struct http2_connection *connection);

#endif
