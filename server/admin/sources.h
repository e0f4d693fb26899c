/*
 * Where the admin port reads what it shows. It reads counters and states, and changes nothing. All
 * must outlive the admin port.
 */
#ifndef COMMS_SERVER_ADMIN_SOURCES_H
#define COMMS_SERVER_ADMIN_SOURCES_H

#include "server/net/connection_refusal.h"
#include "server/net/connections.h"
#include "server/rpc/refusal.h"
#include "server/services/health/health.h"
#include "server/services/service.h"
#include "server/sessions/sessions.h"
#include "server/sessions/store.h"
#include "server/work/workers.h"

#include <stddef.h>

struct admin_sources {
    const char *mode;     /* stateless or stateful */
    uint64_t max_streams; /* limits, as the server has them */
    uint64_t max_connections;
    uint64_t max_sessions;
    struct workers *workers;
    struct sessions *sessions; /* NULL in stateless mode */
    struct store *store;       /* of the sessions; NULL in stateless mode */
    const char *store_name;    /* its kind; NULL in stateless mode */
    struct connections *connections;
    const struct refusals *refusals;
    const struct connection_refusals *connection_refusals;
    struct health *health;
    const struct service *services; /* the first one is that of the numbers */
    size_t service_count;
};

#endif
