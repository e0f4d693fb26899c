/*
 * The one place that refuses a stream before it has a worker: unknown method, too many streams, the
 * server stops. The log has a line, the client gets the status. (rpc/dispatch and work/workers find
 * the reason. A command that is wrong is refused in services/comms/conversation.)
 */
#ifndef COMMS_SERVER_RPC_REFUSAL_H
#define COMMS_SERVER_RPC_REFUSAL_H

#include "server/rpc/call.h"

/*
 * Ends a call that no worker owns with this outcome. Does not wait: the call is released when its
 * end is over. For the acceptor's thread.
 */
void refuse(struct call *call, const struct failure *outcome);

#endif
