/*
 * The way into C core for the socket of a connection that we have accepted ourselves and that
 * speaks TLS. C core's own function for sockets, grpc_server_add_channel_from_fd, takes connections
 * without TLS only; C core's own listener has none of our limits, and stops accepting for ever when
 * descriptors run out (CVE-2023-4785).
 *
 * C core has a port "external:NAME", which listens nowhere: gRPC's C++ API feeds it with sockets,
 * by a virtual function of an object of C core. This is an internal interface, so the object is
 * compared with what is known of it before it is used: its functions, its class and its base class
 * must be those of libgrpc.
 */
#ifndef COMMS_SHARED_GRPC_EXTERNAL_LISTENER_H
#define COMMS_SHARED_GRPC_EXTERNAL_LISTENER_H

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

struct external_handler; /* C core's object: grpc_core::TcpServerFdHandler */

/* All zeroes before external_listener_open. The fields are for external_listener.c and tests. */
struct external_listener {
    struct external_handler *handler; /* C core's */
    void (*handle)(struct external_handler *handler, int listening, int descriptor,
                   grpc_byte_buffer *read_already);
};

/*
 * The argument that grpc_server_create needs for the port. The listener must not move, and must
 * outlive the server.
 */
grpc_arg external_listener_argument(struct external_listener *listener);

/*
 * Adds the port to a server that has the argument, and was not started. The caller keeps the
 * credentials. NULL, or a static text that says why C core's object cannot be used.
 */
const char *external_listener_open(struct external_listener *listener, grpc_server *server,
                                   grpc_server_credentials *credentials);

/*
 * Why the handler is not the object that is known; NULL: it is, and listener->handle is set. For
 * tests; external_listener_open calls it.
 */
const char *external_listener_check(struct external_listener *listener);

/*
 * Gives C core the connected, non-blocking socket of a connection; C core owns it from now on. From
 * one thread, after grpc_server_start and before grpc_server_shutdown_and_notify.
 */
void external_listener_give(const struct external_listener *listener, int descriptor);

#endif
