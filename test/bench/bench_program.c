#define _GNU_SOURCE /* program_invocation_short_name */
#include "test/bench/bench_program.h"

#include "shared/base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void bench_give_up(const char *format, ...)
{
    va_list arguments;
    (void)fprintf(stderr, "%s: ", program_invocation_short_name);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "\n");
    exit(EXIT_FAILURE);
}

int64_t bench_now_ns(void)
{
    return clock_monotonic.now(&clock_monotonic);
}
