/*
 * Breaks that the client makes itself (--chaos), at random times that a seed gives again. For one
 * thread.
 */
#ifndef COMMS_CLIENT_RUN_CHAOS_H
#define COMMS_CLIENT_RUN_CHAOS_H

#include "client/plan.h"

#include <stdbool.h>
#include <stdint.h>

/* The breaks of one connection. */
struct chaos {
    double mean_ns;
    double stall_fraction;
    uint64_t state;
};

/*
 * Connection `connection` of `connections` has breaks of its own, so rare that together they come
 * at the pace of the plan.
 */
void chaos_init(struct chaos *chaos, const struct chaos_plan *plan, unsigned connection,
                unsigned connections);

/* How long until the next break: exponentially distributed about the mean, as if by accident. */
int64_t chaos_next_ns(struct chaos *chaos);

/* Whether that break is a silence, and not a cut. */
bool chaos_next_is_stall(struct chaos *chaos);

/*
 * Reads `cut=TIME[,stall=PERCENT%]`. Returns NULL and fills *ret_plan but for the seed, or says
 * what would be right (a static text).
 */
const char *chaos_parse(const char *text, struct chaos_plan *ret_plan);

#endif
