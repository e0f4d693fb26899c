/*
 * TLS on the server: what its connections are given to instead of C core's plain way. It joins the
 * certificates on disk (certificate_rotation) to C core's way in (external_listener).
 */
#ifndef COMMS_SERVER_RPC_TLS_PORT_H
#define COMMS_SERVER_RPC_TLS_PORT_H

#include "server/rpc/certificate_rotation.h"
#include "shared/grpc/external_listener.h"

#include <grpc/grpc.h>

#include <pthread.h>
#include <stdbool.h>

struct tls_port {
    /*
     * Held while C core takes a connection: it may take a new certificate then, and frees the old
     * one without a lock that another connection would see. Taken while no other lock is held.
     */
    pthread_mutex_t lock;

    struct certificate_rotation rotation;
    struct external_listener listener;
    const char *problem; /* static, for the user: why tls_port_open failed; else NULL */
};

/*
 * Reads the files. paths->authorities NULL: clients need no certificate; else a client without one
 * from there is refused in the handshake. False: `reason` is a sentence that names the file, and
 * there is nothing to clean up.
 */
bool tls_port_init(struct tls_port *port, const struct certificate_paths *paths,
                   const struct clock *clock, char reason[static CERTIFICATE_REASON_SIZE]);

/* After the server that tls_port_open was given is destroyed. */
void tls_port_cleanup(struct tls_port *port);

/* Whether every client shows a certificate. */
bool tls_port_identifies_clients(const struct tls_port *port);

/*
 * Opens the port on a server that was made with external_listener_argument(&port->listener), and
 * was not started. False: this C core cannot be given connections, and port->problem says so.
 */
bool tls_port_open(struct tls_port *port, grpc_server *server);

/*
 * Gives C core the connected, non-blocking socket of a connection; C core owns it from now on. From
 * any thread, after grpc_server_start and before grpc_server_shutdown_and_notify.
 */
void tls_port_give(struct tls_port *port, int descriptor);

#endif
