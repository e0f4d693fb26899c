/* Whose connection a call came by, and who the client is as TLS says. For the acceptor's thread. */
#ifndef COMMS_SERVER_RPC_IDENTITY_H
#define COMMS_SERVER_RPC_IDENTITY_H

#include "server/net/connections.h"
#include "server/rpc/call.h"
#include "shared/protocol/error.h"

/* What is demanded of the calls that come by the TLS port. */
enum identity_demand {
    IDENTITY_NO_PORT, /* nothing: there is no such port */
    IDENTITY_SECURE,  /* their connections speak TLS */
    IDENTITY_KNOWN    /* and their clients have shown a certificate */
};

/* Sets the connection, the client's address and the turn line of a client's call that has come. */
void call_identify(struct call *call, struct connections *connections);

/*
 * Sets the client's identity, if TLS says who it is: that of its connection, or another one if C
 * core's name of the connection leads to another connection. The first one is the connection's.
 *
 * Returns ERROR_NONE, or ERROR_NOT_IDENTIFIED with *ret_failure filled: the call is to be refused,
 * because the demand is not met or memory is missing. After call_identify, once.
 */
enum error identity_read(struct call *call, enum identity_demand demand,
                         struct failure *ret_failure);

#endif
