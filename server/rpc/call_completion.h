/*
 * The completion queue of a call, and the functions that C core runs when an operation is over.
 * They run in threads of C core, or inside our own calls into C core, and only post an event to the
 * worker's inbox; the one for the shutdown of the queue frees the call. For call.c.
 */
#ifndef COMMS_SERVER_RPC_CALL_COMPLETION_H
#define COMMS_SERVER_RPC_CALL_COMPLETION_H

#include "server/rpc/call.h"

/* Makes the queue of a new call, and sets its functions. In any thread. */
void call_completion_init(struct call *call);

/* Before the next client's call: a refusal has a function of its own for the end. In the thread
 * that releases the call, which has no operation under way. */
void call_completion_reset(struct call *call);

#endif
