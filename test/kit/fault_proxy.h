/*
 * A TCP proxy that breaks connections at an exact place.
 *
 * It listens on 127.0.0.1 and forwards each connection to a target. The i-th connection suffers the
 * i-th fault of the plan once the named amount has passed from the server to the client;
 * connections after the plan's end pass untouched. An amount is a number of bytes, or of gRPC
 * messages: the proxy reads HTTP/2 frames and gRPC's length prefixes, since a server at full speed
 * puts many messages in one segment, and one frame.
 *
 * One thread serves all connections, by poll. All functions below may be called from any thread but
 * fault_proxy_stop, which nobody may race with.
 */
#ifndef COMMS_TEST_KIT_FAULT_PROXY_H
#define COMMS_TEST_KIT_FAULT_PROXY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_CUT,        /* both sides get FIN */
    FAULT_RESET,      /* both sides get RST */
    FAULT_STALL,      /* nothing is forwarded any more, neither way, and both sides stay open */
    FAULT_HALF_CLOSE, /* the client gets FIN, and what it sends still passes */
    FAULT_CORRUPT, /* the last byte of the amount is changed in its lowest bit; nothing else happens
                    */
};

enum fault_unit {
    FAULT_AFTER_BYTES,    /* as soon as exactly that many bytes have passed; 0: at once */
    FAULT_AFTER_MESSAGES, /* right after the last byte of that message */
    FAULT_BEFORE_MESSAGE, /* when the first byte of that message comes, which does not pass */
};

struct fault {
    enum fault_kind kind;
    enum fault_unit unit;
    uint64_t amount;
    int stall_ms;    /* FAULT_STALL: how long, then all flows on; 0: until the proxy ends */
    bool on_command; /* at the place nothing flows any more, and the fault waits for
                        fault_proxy_strike */
};

struct fault_proxy_options {
    struct sockaddr_in target;
    uint16_t port; /* 0: the kernel chooses */
    const struct fault *plan;
    size_t plan_length;
    FILE *log; /* gets a line for each fault made; or NULL. Borrowed until the stop */
};

/* Sees traffic of the first this many connections counted. */
enum { FAULT_PROXY_COUNTED = 64 };

struct fault_proxy;

/* Starts a proxy with a thread of its own. The plan is copied. NULL with errno set when it cannot
 * listen. */
struct fault_proxy *fault_proxy_start(const struct fault_proxy_options *options);

/* Closes all connections, joins the thread, frees. NULL is allowed. */
void fault_proxy_stop(struct fault_proxy *proxy);

/* Waits until a connection is at the place of a fault on command; false after that many
 * milliseconds. */
bool fault_proxy_await(struct fault_proxy *proxy, int timeout_ms);
/* Lets that fault happen. */
void fault_proxy_strike(struct fault_proxy *proxy);

uint16_t fault_proxy_port(const struct fault_proxy *proxy);
unsigned fault_proxy_connections(const struct fault_proxy *proxy);
unsigned fault_proxy_faults_made(const struct fault_proxy *proxy);

/* Bytes and gRPC messages that passed to the client on connection i (from 0) so far. */
uint64_t fault_proxy_bytes(const struct fault_proxy *proxy, unsigned i);
uint64_t fault_proxy_messages(const struct fault_proxy *proxy, unsigned i);

/* "cut", "half-close" …; FAULT_NONE for an unknown name. */
const char *fault_kind_name(enum fault_kind kind);
enum fault_kind fault_kind_parse(const char *name);

#endif
