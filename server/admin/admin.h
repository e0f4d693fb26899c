/*
 * The admin port: HTTP for those who run the server. GET and HEAD only, and only for hosts that
 * host_check admits; nothing that it answers changes anything.
 *
 *     /                 the status page, for people
 *     /metrics          Prometheus's text format
 *     /healthz          200 while the process serves
 *     /readyz           200, or 503 with a reason as soon as a drain begins
 *     /debug/channelz   what gRPC says of itself, as JSON
 *
 * A socket has a thread of libmicrohttpd, which answers one request after the other and waits for
 * no client. A further thread samples the server for the page. No lock is held while an answer is
 * written. For the main thread.
 */
#ifndef COMMS_SERVER_ADMIN_ADMIN_H
#define COMMS_SERVER_ADMIN_ADMIN_H

#include "server/admin/host_check.h"
#include "server/admin/sources.h"
#include "server/net/sockets.h"

struct admin;

struct admin_settings {
    const struct sockets *sockets; /* open until admin_stop has returned */
    struct host_check hosts;
    struct admin_sources sources;
};

/* What the settings point to must outlive it. NULL if a thread, memory or a descriptor is missing.
 */
struct admin *admin_start(const struct admin_settings *settings);

/* Closes all connections, whatever their clients do, and frees it. NULL: does nothing. */
void admin_stop(struct admin *admin);

/* Logs where the admin port listens, and warns if other machines can reach it. */
void admin_announce(const struct sockets *sockets);

#endif
