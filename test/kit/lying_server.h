/*
 * A gRPC server that keeps to the protocol, except for its lies: it serves many streams at a time,
 * and puts one lie into every n-th session or stateless stream. It tells the test what a client
 * must find. C core must have been set up.
 *
 * (A scripted server, test/kit/scripted_server.h, says what a script has it say, one call at a
 * time.)
 */
#ifndef COMMS_TEST_KIT_LYING_SERVER_H
#define COMMS_TEST_KIT_LYING_SERVER_H

#include "shared/protocol/command.h"
#include "test/kit/lying_lines.h"

#include <stddef.h>
#include <stdint.h>

struct lying_server_settings {
    enum mode mode;
    int64_t interval_ns; /* 0: full speed */
    unsigned every;      /* n: the first START gets a lie, and every n-th after it */
    struct lie_settings lie;
};

struct lying_server;

/* Listens on a port of 127.0.0.1 that the kernel chooses. */
struct lying_server *lying_server_start(const struct lying_server_settings *settings);

/* Breaks off what goes on, and frees it. */
void lying_server_stop(struct lying_server *server);

unsigned lying_server_port(const struct lying_server *server);

/* How many sessions, or stateless streams, were STARTed. */
size_t lying_server_start_count(struct lying_server *server);

/* What must be found because of the lies told: how much, and the i-th of it (from 0). */
size_t lying_server_finding_count(struct lying_server *server);
struct finding lying_server_finding(struct lying_server *server, size_t i);

#endif
