/*
 * What the streams of one connection may use: how many live, how many refusals are under way, and
 * how many streams the client may waste. A stream is wasted if it was refused, or ended before its
 * first message: it cost the server work and brought the client nothing.
 *
 * A wasted stream has a cost: 1 if the client took the status, 10 if it reset the stream or did not
 * let the status out. A connection may waste BUDGET_MAX at once, and 1 more each BUDGET_NS. So
 * thousands of streams may meet a limit and try again with a back-off, and a flood of resets is
 * soon over. Streams that are used cost nothing, however many they are.
 *
 * Every function may be called from any thread, and takes no lock.
 */
#ifndef COMMS_SERVER_NET_STREAM_BUDGET_H
#define COMMS_SERVER_NET_STREAM_BUDGET_H

#include "shared/base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { BUDGET_MAX = 10000, BUDGET_ANSWERED = 1, BUDGET_RESET = 10 };
#define BUDGET_NS NS_PER_MS

/* All zeroes at first. */
struct stream_budget {
    atomic_uint live;     /* admitted streams whose end has not begun */
    atomic_uint open;     /* admitted streams that are not over */
    atomic_uint refusals; /* whose status is not sent yet */
    atomic_int_fast64_t
        waste_paid_at;  /* time on the clock from which on nothing wasted is remembered */
    atomic_bool is_cut; /* the budget was exceeded: the connection was shut down */
};

/*
 * Takes the cost of a wasted stream from the budget. True for the first stream that is too much:
 * the caller then shuts the connection down.
 */
bool stream_budget_waste(struct stream_budget *budget, int cost, int64_t now);

#endif
