#include "test/e2e/interop_matrix.h"

#include "test/kit/loopback.h"

#include <check.h>

enum { STATEFUL, STATELESS };

static const char *const modes[] = {[STATEFUL] = "stateful", [STATELESS] = "stateless"};

const char *way_name(enum way way)
{
    static const char *const names[WAYS] = {
        [WAY_DIRECT] = "direct", [WAY_NGINX] = "nginx", [WAY_HAPROXY] = "haproxy"};
    return names[way];
}

const char *peer_name(enum peer peer)
{
    static const char *const names[PEERS] = {[PEER_COMMS_CLIENT] = "comms-client",
                                             [PEER_GRPCIO] = "python3-grpcio",
                                             [PEER_GRPC_JS] = "grpc-js"};
    return names[peer];
}

const char *part_name(enum part_kind kind)
{
    static const char *const names[PARTS] = {[PART_SESSION] = "session",
                                             [PART_STATELESS] = "stateless stream",
                                             [PART_SESSION_BEHIND] = "session cut behind"};
    return names[kind];
}

static void start_servers(struct matrix *matrix)
{
    char certificate[CERTIFICATES_PATH_SIZE];
    char key[CERTIFICATES_PATH_SIZE];
    certificates_path(&matrix->certificates, "server.pem", certificate);
    certificates_path(&matrix->certificates, "server.key", key);
    for (int mode = STATEFUL; mode <= STATELESS; mode++) {
        /* A peer has one process, which may be slow to begin all of its connections. */
        matrix->servers[false][mode] =
            server_start(modes[mode], "--interval", "1ms", "--handshake-timeout", "10m", NULL);
        matrix->servers[true][mode] =
            server_start(modes[mode], "--interval", "1ms", "--handshake-timeout", "10m",
                         "--tls-cert", certificate, "--tls-key", key, NULL);
    }
}

/* Cuts the first connection to this port. */
static struct fault_proxy *start_fault_proxy(uint16_t target, enum fault_kind kind)
{
    const struct fault plan = {
        .kind = kind, .unit = FAULT_AFTER_BYTES, .amount = INTEROP_CUT_BYTES};
    const struct fault_proxy_options options = {
        .target = loopback_address(target), .plan = &plan, .plan_length = 1};
    struct fault_proxy *proxy = fault_proxy_start(&options);
    ck_assert_ptr_nonnull(proxy);
    return proxy;
}

/* The route of a part: its own if it is cut behind the proxy. */
static size_t route_of(const struct cell *cell, enum part_kind kind)
{
    return kind == PART_SESSION_BEHIND
               ? (size_t)(2 * 2 + cell->is_tls * PEERS + (int)cell->peer)
               : (size_t)(cell->is_tls * 2 + (kind == PART_STATELESS ? STATELESS : STATEFUL));
}

/* haproxy speaks plain HTTP/2 to a server without TLS. */
static uint16_t server_port(const struct matrix *matrix, const struct cell *cell,
                            enum part_kind kind)
{
    bool is_tls = cell->is_tls && cell->way != WAY_HAPROXY;
    return matrix->servers[is_tls][kind == PART_STATELESS ? STATELESS : STATEFUL].port;
}

/* Lays the way from a proxy to the server. */
static void lay_route(struct matrix *matrix, struct cell *cell, enum part_kind kind)
{
    struct proxy_route *route = &matrix->routes[cell->way][route_of(cell, kind)];
    struct part *part = &cell->parts[kind];
    route->is_tls = cell->is_tls;
    route->target = server_port(matrix, cell, kind);
    if (kind == PART_SESSION_BEHIND) {
        part->fault_proxy = start_fault_proxy(route->target, FAULT_CUT);
        route->target = fault_proxy_port(part->fault_proxy);
    }
}

/* Lays the way from a client to the proxy, or to the server. */
static void lay_front(struct matrix *matrix, struct cell *cell, enum part_kind kind)
{
    struct part *part = &cell->parts[kind];
    part->port = cell->way == WAY_DIRECT ? server_port(matrix, cell, kind)
                                         : matrix->routes[cell->way][route_of(cell, kind)].port;
    if (cell->is_cut && part->fault_proxy == NULL) {
        part->fault_proxy =
            start_fault_proxy(part->port, kind == PART_SESSION_BEHIND ? FAULT_RESET : FAULT_CUT);
        part->port = fault_proxy_port(part->fault_proxy);
    }
}

static void for_each_part(struct matrix *matrix,
                          void (*visit)(struct matrix *, struct cell *, enum part_kind),
                          enum way first)
{
    for (size_t i = 0; i < CELLS; i++) {
        struct cell *cell = &matrix->cells[i];
        for (size_t k = 0; cell->way >= first && k < cell->part_count; k++) {
            visit(matrix, cell, (enum part_kind)k);
        }
    }
}

void matrix_start(struct matrix *matrix)
{
    *matrix = (struct matrix){.certificates = {.folder = ""}};
    for (int i = 0; i < CELLS; i++) {
        matrix->cells[i] = (struct cell){.way = (enum way)(i / 4 / PEERS),
                                         .peer = (enum peer)(i / 4 % PEERS),
                                         .is_cut = (i & 2) != 0,
                                         .is_tls = (i & 1) != 0};
        matrix->cells[i].part_count = matrix->cells[i].is_cut ? PARTS : PART_SESSION_BEHIND;
    }
    certificates_make(&matrix->certificates);
    start_servers(matrix);
    for_each_part(matrix, lay_route, WAY_NGINX);
    for (int way = WAY_NGINX; way <= WAY_HAPROXY; way++) {
        matrix->proxies[way] = proxy_start(
            &(struct proxy_settings){.kind = way == WAY_NGINX ? PROXY_NGINX : PROXY_HAPROXY,
                                     .routes = matrix->routes[way],
                                     .route_count = ROUTES,
                                     .certificates = &matrix->certificates});
    }
    for_each_part(matrix, lay_front, WAY_DIRECT);
}

static void stop_fault_proxy(struct matrix *matrix, struct cell *cell, enum part_kind kind)
{
    (void)matrix;
    fault_proxy_stop(cell->parts[kind].fault_proxy);
}

void matrix_stop(struct matrix *matrix)
{
    for_each_part(matrix, stop_fault_proxy, WAY_DIRECT);
    proxy_stop(&matrix->proxies[WAY_NGINX]);
    proxy_stop(&matrix->proxies[WAY_HAPROXY]);
    for (int mode = STATEFUL; mode <= STATELESS; mode++) {
        server_stop(&matrix->servers[false][mode]);
        server_stop(&matrix->servers[true][mode]);
    }
    certificates_remove(&matrix->certificates);
}
