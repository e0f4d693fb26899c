/*
 * The one place that refuses a stream before it has a worker. The client gets a status without a
 * message, so that no flow control can hold it back. (A command that is wrong is refused in
 * services/comms/conversation.)
 *
 * The refusals under way are bounded: beyond the bounds a stream is given up, and its client gets
 * CANCELLED. Every refusal is counted, as wasted too; a connection that wastes more than its budget
 * (net/stream_budget) is shut down.
 */
#ifndef COMMS_SERVER_RPC_REFUSAL_H
#define COMMS_SERVER_RPC_REFUSAL_H

#include "server/rpc/call.h"
#include "shared/base/log_limit.h"
#include "shared/base/memory.h"
#include "shared/protocol/error.h"

#include <stdatomic.h>
#include <stdint.h>

enum refusal_reason {
    REFUSAL_UNKNOWN_METHOD,
    REFUSAL_NOT_IDENTIFIED,  /* no TLS, or no identity, where it must be */
    REFUSAL_CONNECTION_FULL, /* --max-connection-streams */
    REFUSAL_SERVER_FULL,     /* --max-streams, or no threads or memory for more */
    REFUSAL_SHUTTING_DOWN,
    REFUSAL_REASONS
};

/* Refusals under way, whose status is not sent yet. */
enum { REFUSALS_MAX = 2000, REFUSALS_CONNECTION_MAX = 1000 };

/* All refusals of a server. */
struct refusals {
    struct memory *memory; /* is told of refusals under way; NULL: it is not */
    atomic_uint under_way;
    atomic_uint_fast64_t counts[REFUSAL_REASONS];
    struct log_limit log;
};

void refusals_init(struct refusals *refusals, struct memory *memory);

/* The reason of an error of `dispatch`. */
enum refusal_reason refusal_reason_of(enum error error);

/* A word for the reason, such as "server_full"; static. */
const char *refusal_reason_name(enum refusal_reason reason);

/* The refusals since the start. From any thread. */
uint64_t refusals_count(const struct refusals *refusals);

/* Those for this reason. From any thread. */
uint64_t refusals_count_of(const struct refusals *refusals, enum refusal_reason reason);

/*
 * Ends a call that no worker owns with this outcome. Does not wait: the call is released when its
 * status is sent. For the acceptor's thread.
 */
void refuse(struct refusals *refusals, struct call *call, enum refusal_reason reason,
            const struct failure *outcome);

/* Cancels and releases a call of a connection that was shut down. For the acceptor's thread. */
void refusal_give_up(struct call *call);

#endif
