/*
 * One connection of an attacker: it sends any bytes, and reads frames, or does not. It counts what
 * it has read and keeps no stream. For the test's own thread.
 *
 * No function blocks for longer than it says. Unless it was told otherwise, a client acknowledges
 * SETTINGS and answers PING, so that only what a test means to break is broken.
 */
#ifndef COMMS_TEST_KIT_RAW_HTTP2_RAW_CLIENT_H
#define COMMS_TEST_KIT_RAW_HTTP2_RAW_CLIENT_H

#include "test/kit/raw_http2/frames.h"
#include "test/kit/raw_http2/raw_tls.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RAW_PATIENCE_MS = 20000,
    RAW_KEPT_MAX = 2048, /* bytes of a frame's payload that are kept */
    RAW_NO_STATUS = -1
};

struct raw_client {
    int descriptor;
    struct raw_tls *tls; /* NULL: it speaks without TLS */
    bool is_closed;      /* the server has ended the connection */
    bool is_reading;     /* true at first; false: nothing is read, not even while it sends */
    /* False at first; true: acknowledges no SETTINGS, answers no PING. Who has not said hello must
     * be silent, because an answer is no preface. */
    bool is_silent;

    /* what has come */
    uint64_t frames[FRAME_TYPES];
    uint64_t streams_ended; /* by END_STREAM or by RST_STREAM */
    int64_t window;         /* bytes of DATA that the server takes on the connection */
    int64_t stream_window;  /* the same on stream 1 */
    int64_t initial_window; /* of a stream */
    bool has_trailers;      /* kept in `trailers`, those that came last */
    uint8_t trailers[RAW_KEPT_MAX];
    size_t trailers_length;

    /* the frame that is being read */
    uint8_t header[FRAME_HEADER_SIZE];
    uint8_t payload[RAW_KEPT_MAX]; /* the beginning of its payload */
    size_t have;                   /* bytes of header and payload that have come */

    struct frames ended;   /* a bit for each stream */
    struct frames answers; /* to be sent behind what is being sent */
};

/* Connects to a port of 127.0.0.1. `receive_buffer`: bytes of SO_RCVBUF; 0: the system's. */
void raw_client_connect(struct raw_client *client, uint16_t port, int receive_buffer);

/* Connects to a unix socket. */
void raw_client_connect_unix(struct raw_client *client, const char *path);

/* Shakes hands, before anything else is said; the test fails if the server does not. */
void raw_client_start_tls(struct raw_client *client);

void raw_client_close(struct raw_client *client);

/*
 * Sends all these bytes, and reads meanwhile. False: the server closed the connection, or took
 * nothing for RAW_PATIENCE_MS.
 */
bool raw_client_send_bytes(struct raw_client *client, const void *bytes, size_t length);

/* Sends as much of these bytes as the socket takes at once; returns how many. */
size_t raw_client_push(struct raw_client *client, const void *bytes, size_t length);

/* Sends the frames, and empties them. */
bool raw_client_send(struct raw_client *client, struct frames *frames);

/* Reads what comes within this time, once. False: nothing came, or the connection is closed. */
bool raw_client_read(struct raw_client *client, int timeout_ms);

/* Reads until this number of streams has ended. False: not within the time, or it was closed. */
bool raw_client_await_ends(struct raw_client *client, uint64_t streams, int timeout_ms);

/* Reads until the server closes the connections; returns how many it has closed by then. */
size_t raw_clients_await_closed(struct raw_client *clients, size_t count, int timeout_ms);

/*
 * The gRPC status that the trailers which came last have, and whether its message has this text.
 * C core writes both as plain literals in the first trailers of a connection, so a test that asks
 * has one call on it. RAW_NO_STATUS: there is none.
 */
int raw_client_status(const struct raw_client *client);
bool raw_client_status_has(const struct raw_client *client, const char *text);

#endif
