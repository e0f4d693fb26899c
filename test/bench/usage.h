/* What a process has used, by the kernel's own account. */
#ifndef COMMS_BENCH_USAGE_H
#define COMMS_BENCH_USAGE_H

#include <stdint.h>

struct usage {
    int64_t cpu_ns;     /* of all its threads, also those that have ended */
    int64_t own_cpu_ns; /* the caller's */
    uint64_t rss_bytes;
};

/* The usage of a process; ends the program where there is none of that number. */
struct usage usage_of(int pid);

int64_t usage_own_cpu_ns(void);

#endif
