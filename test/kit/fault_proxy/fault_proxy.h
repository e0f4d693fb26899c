/*
 * A TCP proxy that breaks connections at an exact place.
 *
 * It listens on 127.0.0.1 and forwards each connection to a target. The i-th connection suffers the
 * i-th fault of the plan, once the fault's amount has passed in the fault's direction;
 * connections after the plan's end pass untouched. The amount is a number of bytes, or of gRPC
 * messages: a server at full speed puts many messages into one segment, so the proxy looks into
 * HTTP/2 for them.
 *
 *     fault_proxy   the listener, the thread that serves all connections by poll, the counters
 *     connection    one connection and its fault
 *     flow          the bytes of one direction
 *     frame_reader  where gRPC messages begin and end
 *     fault         what a fault is, and its name
 *     main          the same as a program, build/fault-proxy
 *
 * Each function may be called from any thread; nobody may use a proxy during fault_proxy_stop.
 */
#ifndef COMMS_TEST_KIT_FAULT_PROXY_FAULT_PROXY_H
#define COMMS_TEST_KIT_FAULT_PROXY_FAULT_PROXY_H

#include "test/kit/fault_proxy/fault.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct fault_proxy_options {
    struct sockaddr_in target;
    uint16_t port; /* 0: the kernel chooses */
    const struct fault *plan;
    size_t plan_length;
    FILE *log; /* gets a line for each fault that was made; or NULL. Borrowed until the stop */
};

struct fault_proxy;

/* Starts a proxy with a thread of its own. The plan is copied. NULL with errno set when it cannot
 * listen. */
struct fault_proxy *fault_proxy_start(const struct fault_proxy_options *options);

/* Closes all connections, joins the thread, frees the proxy. NULL is allowed. */
void fault_proxy_stop(struct fault_proxy *proxy);

/* Waits until one more connection is at the place of its fault on command; false after
 * `timeout_ms` milliseconds. */
bool fault_proxy_await(struct fault_proxy *proxy, int timeout_ms);
/* Lets one such fault happen. */
void fault_proxy_strike(struct fault_proxy *proxy);

uint16_t fault_proxy_port(const struct fault_proxy *proxy);
unsigned fault_proxy_faults_made(const struct fault_proxy *proxy);

/* Bytes that have passed in the fault's direction on connection i (from 0 on); of the first 64
 * only. */
uint64_t fault_proxy_bytes(const struct fault_proxy *proxy, unsigned i);

#endif
