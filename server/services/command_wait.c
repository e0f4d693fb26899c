#include "server/services/command_wait.h"

#include <inttypes.h>
#include <stdio.h>

enum { SECONDS_SIZE = 32 };

void command_wait_init(struct command_wait *wait, const struct clock *clock, int64_t timeout_ns)
{
    *wait = (struct command_wait){.clock = clock, .timeout_ns = timeout_ns, .due = CLOCK_NEVER};
}

/* 20, 0.3, 0.000001: without zeros at the end, and without an exponent. */
static void format_seconds(int64_t ns, char text[static SECONDS_SIZE])
{
    int length =
        snprintf(text, SECONDS_SIZE, "%" PRId64 ".%09" PRId64, ns / NS_PER_S, ns % NS_PER_S);
    while (text[length - 1] == '0') {
        length--;
    }
    if (text[length - 1] == '.') {
        length--;
    }
    text[length] = '\0';
}

bool command_wait_is_over(struct command_wait *wait, const char *wanted,
                          struct failure *ret_failure, int64_t *ret_due)
{
    int64_t now = wait->clock->now(wait->clock);
    if (wait->due == CLOCK_NEVER) {
        wait->due = clock_add(now, wait->timeout_ns);
    }
    if (now < wait->due) {
        *ret_due = wait->due;
        return false;
    }
    char seconds[SECONDS_SIZE];
    format_seconds(wait->timeout_ns, seconds);
    (void)failure_set(ret_failure, ERROR_NO_COMMAND, "none came in %s s; send %s", seconds, wanted);
    return true;
}
