/*
 * Breaks that the client makes itself (--chaos), at random times that its seed repeats. For one
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
 * Prepares the breaks of connection number `connection` of `connections`. All connections together
 * break at the rate of the plan.
 */
void chaos_init(struct chaos *chaos, const struct chaos_plan *plan, unsigned connection,
                unsigned connections);

/* Nanoseconds until the next break: exponentially distributed, as accidents are. */
int64_t chaos_next_ns(struct chaos *chaos);

/* Whether the next break is a silence, and not a cut. */
bool chaos_next_is_stall(struct chaos *chaos);

/*
 * Reads `cut=TIME[,stall=PERCENT%]`. Returns NULL and fills *ret_plan, except for its seed; or
 * returns a static text that says what is expected.
 */
const char *chaos_parse(const char *text, struct chaos_plan *ret_plan);

#endif
