#include "server/rpc/deadline.h"

int64_t deadline_read(gpr_timespec deadline, const struct clock *clock)
{
    if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
        return CLOCK_NEVER;
    }
    const gpr_timespec left = gpr_time_sub(gpr_convert_clock_type(deadline, GPR_CLOCK_MONOTONIC),
                                           gpr_now(GPR_CLOCK_MONOTONIC));
    return left.tv_sec > INT32_MAX
               ? CLOCK_NEVER
               : clock_add(clock->now(clock), left.tv_sec * NS_PER_S + left.tv_nsec);
}
