/*
 * The interop matrix: each client through each proxy, whole and cut, plain and by TLS. A cell is
 * one such combination, and has some streams of numbers, its parts. Everything that a part needs is
 * here: servers, nginx, haproxy, and fault proxies that cut. Each function fails the test where
 * something cannot be started. For the test's own thread.
 */
#ifndef COMMS_TEST_E2E_INTEROP_MATRIX_H
#define COMMS_TEST_E2E_INTEROP_MATRIX_H

#include "test/kit/fault_proxy/fault_proxy.h"
#include "test/kit/proxies.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum way { WAY_DIRECT, WAY_NGINX, WAY_HAPROXY, WAYS };
enum peer { PEER_COMMS_CLIENT, PEER_GRPCIO, PEER_GRPC_JS, PEERS };

/* The streams of a cell. In a cell that is cut the connection of the client breaks once in the
 * first two, and in the third one that between proxy and server (or the client's own, by RST). */
enum part_kind { PART_SESSION, PART_STATELESS, PART_SESSION_BEHIND, PARTS };

/* The connection is cut when this much has come from the server: after the handshake of TLS and
 * some numbers, and before the last number, which alone has 13 bytes a number. */
enum { INTEROP_N = 200, INTEROP_CUT_BYTES = 2500 };

enum { OUTCOME_SIZE = 160 };

struct part {
    uint16_t port;                   /* that the client connects to */
    struct fault_proxy *fault_proxy; /* NULL: none */
    struct program *client;          /* NULL: a script has this part and others */
    bool is_right;
    char outcome[OUTCOME_SIZE]; /* one line; empty: not known yet */
};

struct cell {
    enum way way;
    enum peer peer;
    bool is_cut;
    bool is_tls;
    bool is_left_out;  /* its client is not on this machine */
    size_t part_count; /* PART_SESSION_BEHIND is in cells that are cut */
    struct part parts[PARTS];
};

enum {
    CELLS = WAYS * PEERS * 2 * 2,
    ROUTES = 2 * 2 + 2 * PEERS /* of a proxy: for all, and for the sessions cut behind it */
};

struct matrix {
    struct certificates certificates;
    struct server servers[2][2];             /* by TLS, and by mode: stateful, stateless */
    struct proxy_route routes[WAYS][ROUTES]; /* none of WAY_DIRECT */
    struct proxy proxies[WAYS];
    struct cell cells[CELLS];
};

/* Starts all but the clients. proxies_set_up must have been called. */
void matrix_start(struct matrix *matrix);
void matrix_stop(struct matrix *matrix);

const char *way_name(enum way way);
const char *peer_name(enum peer peer);
const char *part_name(enum part_kind kind);

#endif
