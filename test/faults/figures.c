#include "test/faults/figures.h"

#include "shared/base/clock.h"

#include <stdarg.h>
#include <stdio.h>

void figures_print(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    fflush(stdout);
}

int64_t figures_now_ms(void)
{
    return clock_monotonic.now(&clock_monotonic) / NS_PER_MS;
}
