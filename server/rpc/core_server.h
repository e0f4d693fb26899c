/* C core's server: what it may do with a connection. */
#ifndef COMMS_SERVER_RPC_CORE_SERVER_H
#define COMMS_SERVER_RPC_CORE_SERVER_H

#include "server/rpc/tls_port.h"

#include <grpc/grpc.h>

#include <stdbool.h>
#include <stdint.h>

/* How long connections live, in nanoseconds. */
struct connection_times {
    /* From the last bytes of a client to a ping; 0: no pings. The client has a third of it to
     * answer, else the connection is closed. */
    int64_t keepalive_ns;
    int64_t handshake_timeout_ns; /* for a TLS handshake */
    int64_t age_ns;               /* until GOAWAY, a tenth more or less; 0: no limit */
};

/* How long the streams of a connection may go on after its age. */
enum { CORE_SERVER_AGE_GRACE_MS = 30000 };

struct core_server_settings {
    struct connection_times times;
    /* Of a connection at a time. Clients are told, and hold further ones back; C core does not
     * enforce it against a client that does not acknowledge it. */
    uint64_t max_streams;
    struct tls_port *tls; /* the port that the server is to have, for tls_port_open; NULL: none */
    bool has_channelz; /* C core keeps what channelz.h reads, which costs a little of each number */
};

/* A server with these settings, and with C core's limits as this server needs them. */
grpc_server *core_server_create(const struct core_server_settings *settings);

#endif
