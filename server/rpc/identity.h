/* Who the client of a call is, as its connection's TLS says. For the acceptor's thread. */
#ifndef COMMS_SERVER_RPC_IDENTITY_H
#define COMMS_SERVER_RPC_IDENTITY_H

#include "server/net/connection.h"
#include "server/sessions/client_identity.h"
#include "shared/protocol/error.h"

#include <grpc/grpc.h>

#include <stdbool.h>

/*
 * Reads the identity of a call that came in by the TLS port. *ret_client is a reference for the
 * caller: the connection's own one if that is the same, as for nearly every call; NULL if the
 * client showed no certificate. `connection` may be NULL; it remembers the first identity.
 *
 * Returns ERROR_NONE, or ERROR_NOT_IDENTIFIED with *ret_failure filled: the connection does not
 * speak TLS, or there is no identity although it is `needed`, or memory is missing.
 */
enum error identity_read(grpc_call *call, struct connection *connection, bool needed,
                         struct client_identity **ret_client, struct failure *ret_failure);

#endif
