/* What the programs of the bench have in common. Each function may be called from any thread. */
#ifndef COMMS_TEST_BENCH_BENCH_PROGRAM_H
#define COMMS_TEST_BENCH_BENCH_PROGRAM_H

#include <stdint.h>

/* Ends the program with a failure: its name and the reason, on standard error. */
_Noreturn void bench_give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Nanoseconds on clock_monotonic. */
int64_t bench_now_ns(void);

#endif
