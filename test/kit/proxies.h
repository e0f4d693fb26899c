/*
 * The proxies that gRPC meets most often, nginx and haproxy, each with one configuration: HTTP/2
 * without TLS from end to end. They are programs under test (test/kit/programs.h), with the same
 * rules for waiting and ending; their log is their stderr.
 *
 * A proxy listens as soon as it is started: its port is a socket of the test, which it inherits and
 * keeps over a reload.
 */
#ifndef COMMS_TEST_KIT_PROXIES_H
#define COMMS_TEST_KIT_PROXIES_H

#include "test/kit/programs.h"
#include "test/kit/scratch_folder.h"

#include <stdint.h>

enum proxy_kind { PROXY_NGINX, PROXY_HAPROXY, PROXY_KINDS };

struct proxy_settings {
    enum proxy_kind kind;
    uint16_t target;      /* the server's port on 127.0.0.1 */
    unsigned idle_ms;     /* the longest silence of a stream, in ms; 0: an hour */
    unsigned max_streams; /* on a connection of a client; 0: more than any test has */
    unsigned grace_ms;    /* for the streams that are open at a reload, in ms; 0: an hour */
};

enum { PROXY_FOLDER_SIZE = SCRATCH_FOLDER_SIZE + 8 };

struct proxy {
    struct program *program;
    uint16_t port;                  /* on 127.0.0.1 */
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
