#include "server/services/comms/command_wait.h"

void command_wait_init(struct command_wait *wait, const struct clock *clock, int64_t timeout_ns)
{
    *wait = (struct command_wait){.clock = clock, .timeout_ns = timeout_ns, .due = CLOCK_NEVER};
}

bool command_wait_is_over(struct command_wait *wait, enum mode mode, struct failure *ret_failure,
                          int64_t *ret_due)
{
    int64_t now = wait->clock->now(wait->clock);
    if (wait->due == CLOCK_NEVER) {
        wait->due = clock_add(now, wait->timeout_ns);
    }
    if (now < wait->due) {
        *ret_due = wait->due;
        return false;
    }
    (void)failure_set(ret_failure, ERROR_NO_COMMAND, "none came in %g s; send START%s or CONTINUE",
                      (double)wait->timeout_ns / (double)NS_PER_S,
                      mode == MODE_STATELESS ? ", END" : "");
    return true;
}
