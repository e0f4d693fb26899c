/*
 * A gRPC server that says what the test has it say, true or not: a script for each call in turn.
 * It has one thread, and serves one call at a time. C core must have been set up.
 */
#ifndef COMMS_TEST_KIT_LYING_SERVER_H
#define COMMS_TEST_KIT_LYING_SERVER_H

#include "shared/protocol/codec.h"
#include "shared/protocol/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lie_kind {
    LIE_NOTHING, /* says nothing more, until the client breaks off: the end of every script */
    LIE_NUMBER,
    LIE_ERROR, /* an error reply */
    LIE_BYTES, /* a message of these bytes */
    LIE_AWAIT, /* waits for another request */
    LIE_STATUS /* ends the call */
};

struct lie {
    enum lie_kind kind;
    uint64_t number;
    enum status status;
    const char *text;
};

enum { SCRIPT_MAX = 16 };

/* What is said after the first request of a call came. */
struct script {
    struct lie lies[SCRIPT_MAX];
};

struct lying_server;

/*
 * Listens on a port of 127.0.0.1. Call i is served script i; from the last one on it begins again
 * at script `again_from`. The scripts must outlive the server.
 */
struct lying_server *lying_server_start(const struct script *scripts, size_t count,
                                        size_t again_from);

/* The same on a unix socket, `address` being unix:PATH. */
struct lying_server *lying_server_start_at(const char *address, const struct script *scripts,
                                           size_t count, size_t again_from);

/* Breaks off what goes on, and frees it. */
void lying_server_stop(struct lying_server *server);

/* For a channel. */
const char *lying_server_target(const struct lying_server *server);

/* How many requests have come, and the i-th of them (from 0), which must have. */
size_t lying_server_request_count(struct lying_server *server);
struct request lying_server_request(struct lying_server *server, size_t i);

/* Whether two requests came over one connection. */
bool lying_server_is_same_connection(struct lying_server *server, size_t i, size_t k);

#endif
