/*
 * The one door by which a stream is refused before it has a worker: unknown method, too many
 * streams, the server stops. It is said in the log, and the client gets the status.
 */
#ifndef COMMS_SERVER_RPC_REFUSAL_H
#define COMMS_SERVER_RPC_REFUSAL_H

#include "server/rpc/call.h"

/*
 * Ends a call that no worker owns with this outcome, and releases it when that is over. Does not
 * wait. For the acceptor's thread.
 */
void refuse(struct call *call, const struct failure *outcome);

#endif
