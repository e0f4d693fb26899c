/*
 * The proxies that gRPC meets most often, nginx and haproxy, each with one configuration. On a
 * route with TLS clients speak TLS to the proxy; nginx speaks it to the server, too, whose
 * certificate it checks, and haproxy does not, as in server/haproxy.cfg. They are programs under
 * test (test/kit/programs.h), with the same rules for waiting and ending; their log is their
 * stderr.
 *
 * A proxy listens as soon as it is started: its ports are sockets of the test, which it inherits
 * and keeps over a reload.
 */
#ifndef COMMS_TEST_KIT_PROXIES_H
#define COMMS_TEST_KIT_PROXIES_H

#include "test/kit/certificates.h"
#include "test/kit/programs.h"
#include "test/kit/scratch_folder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum proxy_kind { PROXY_NGINX, PROXY_HAPROXY, PROXY_KINDS };

/* From one port of the proxy to one server. */
struct proxy_route {
    uint16_t target; /* the server's port on 127.0.0.1 */
    bool is_tls;
    uint16_t port; /* the proxy's on 127.0.0.1: set by proxy_start */
};

enum { PROXY_ROUTES_MAX = 16 };

struct proxy_settings {
    enum proxy_kind kind;
    struct proxy_route *routes;
    size_t route_count;                      /* at most PROXY_ROUTES_MAX */
    const struct certificates *certificates; /* of the routes with TLS: ca and server */
    unsigned idle_ms;     /* the longest silence of a stream, in ms; 0: an hour */
    unsigned max_streams; /* on a connection of a client; 0: more than any test has */
    unsigned grace_ms;    /* for the streams that are open at a reload, in ms; 0: an hour */
};

enum { PROXY_FOLDER_SIZE = SCRATCH_FOLDER_SIZE + 8 };

struct proxy {
    struct program *program;
    char folder[PROXY_FOLDER_SIZE]; /* the proxy's own; a test may keep files there */
    int reload_signal;
};

/* An unchecked fixture: makes the folder of all proxies, and removes it however the tests end. */
void proxies_set_up(void);
void proxies_tear_down(void);

struct proxy proxy_start(const struct proxy_settings *settings);

/* Has the proxy read its configuration again: open connections have `grace_ms` left. */
void proxy_reload(struct proxy *proxy);

/* Ends the proxy at once, with all its processes. */
void proxy_stop(struct proxy *proxy);

#endif
