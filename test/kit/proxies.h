/*
 * The proxies that gRPC meets in the world, nginx and haproxy, each with one configuration: HTTP/2
 * without TLS from end to end. They are programs (test/kit/programs.h), so what is said there of
 * waiting and of ending holds for them; what they log is their stderr.
 *
 * A proxy listens from the beginning: its port is a socket of ours that it inherits, and keeps over
 * a reload.
 */
#ifndef COMMS_TEST_KIT_PROXIES_H
#define COMMS_TEST_KIT_PROXIES_H

#include "test/kit/programs.h"

#include <stdint.h>

enum proxy_kind { PROXY_NGINX, PROXY_HAPROXY, PROXY_KINDS };

struct proxy_settings {
    enum proxy_kind kind;
    uint16_t target;      /* the port of 127.0.0.1 that it goes to */
    unsigned idle_ms;     /* the longest silence that a stream may have; 0: an hour */
    unsigned max_streams; /* on a connection of a client; 0: more than any test has */
    unsigned grace_ms;    /* how long the streams there are may go on after a reload; 0: an hour */
};

enum { PROXY_FOLDER_SIZE = 64 };

struct proxy {
    struct program *program;
    uint16_t port;                  /* of 127.0.0.1 */
    char folder[PROXY_FOLDER_SIZE]; /* its own; a test may keep files there */
    int reload_signal;
};

/* An unchecked fixture: the folder of all proxies is made, and is removed however the tests end. */
void proxies_set_up(void);
void proxies_tear_down(void);

struct proxy proxy_start(const struct proxy_settings *settings);

/* Its configuration is read again: connections that there are have `grace_ms` left. */
void proxy_reload(struct proxy *proxy);

/* Ends it at once, with every process that it has. */
void proxy_stop(struct proxy *proxy);

#endif
