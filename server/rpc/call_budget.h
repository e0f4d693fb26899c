/*
 * What a call takes from the budget of its connection (net/stream_budget). A call whose connection
 * is not known takes nothing.
 */
#ifndef COMMS_SERVER_RPC_CALL_BUDGET_H
#define COMMS_SERVER_RPC_CALL_BUDGET_H

#include "server/rpc/call.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Counts the call among the streams of its connection. False: the connection has `max` live ones
 * already. A stream that ends lives no longer: its client may begin another one as soon as it has
 * the status, which may be before the call is over. But if it does not let the status out, at most
 * `max` such streams are open beside the live ones. For the acceptor's thread.
 */
bool call_count(struct call *call, uint64_t max);

/* Whether the call's connection has exceeded a budget, and was shut down. From any thread. */
bool call_is_cut(const struct call *call);

/* The end of the call begins: it no longer lives, if it was counted. From any thread. */
void call_count_out(struct call *call);

/* The call is over: no longer counts it, if it was counted. From any thread, one at a time. */
void call_uncount(struct call *call);

/*
 * Takes the cost of a call that was wasted, BUDGET_ANSWERED or BUDGET_RESET, and shuts the
 * connection down if that is too much. The caller holds the live call.
 */
void call_waste(struct call *call, int cost);

#endif
