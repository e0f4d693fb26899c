/*
 * A gRPC server that says what the test's scripts have it say, true or not: one script a call, one
 * call at a time, in one thread. C core must have been set up.
 */
#ifndef COMMS_TEST_KIT_SCRIPTED_SERVER_H
#define COMMS_TEST_KIT_SCRIPTED_SERVER_H

#include "shared/protocol/codec.h"
#include "shared/protocol/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum script_line_kind {
    SCRIPT_SILENCE, /* says nothing more, until the client breaks off: the end of every script */
    SCRIPT_NUMBER,
    SCRIPT_ERROR,  /* an error reply */
    SCRIPT_BYTES,  /* a message of these bytes */
    SCRIPT_HEADER, /* a header, "name: value", that goes out with what is sent first */
    SCRIPT_AWAIT,  /* waits for another request */
    SCRIPT_STATUS  /* ends the call */
};

struct script_line {
    enum script_line_kind kind;
    uint64_t number;
    enum status status;
    const char *text;
};

enum { SCRIPT_LINES_MAX = 16 };

/* What is said after the first request of a call came. */
struct script {
    struct script_line lines[SCRIPT_LINES_MAX];
};

struct scripted_server;

/*
 * Listens on a port of 127.0.0.1. Call i is served script i; from the last one on it begins again
 * at script `again_from`. The scripts must outlive the server.
 */
struct scripted_server *scripted_server_start(const struct script *scripts, size_t count,
                                              size_t again_from);

/* The same on a unix socket, `address` being unix:PATH. */
struct scripted_server *scripted_server_start_at(const char *address, const struct script *scripts,
                                                 size_t count, size_t again_from);

/* Breaks off what goes on, and frees it. */
void scripted_server_stop(struct scripted_server *server);

/* For a channel. */
const char *scripted_server_target(const struct scripted_server *server);

/* How many requests have come, and the i-th of them (from 0), which must have. */
size_t scripted_server_request_count(struct scripted_server *server);
struct request scripted_server_request(struct scripted_server *server, size_t i);

/* The headers of the call of the i-th request, as lines `:authority: a` and `name: value`, cut to
 * what fits. */
void scripted_server_headers(struct scripted_server *server, size_t i, char *text, size_t size);

/* Whether two requests came over one connection. */
bool scripted_server_is_same_connection(struct scripted_server *server, size_t i, size_t k);

#endif
