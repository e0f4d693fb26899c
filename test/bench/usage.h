/* What a process has used, by the kernel's own account. Each function may be called from any
 * thread. */
#ifndef COMMS_BENCH_USAGE_H
#define COMMS_BENCH_USAGE_H

#include <stdint.h>

struct usage {
    int64_t cpu_ns;     /* CPU time of all its threads, also of those that have ended */
    int64_t own_cpu_ns; /* CPU time of the calling process */
    uint64_t rss_bytes;
};

/* The usage of a process. Gives up (bench_program.h) where there is no such process. */
struct usage usage_of(int pid);

/* CPU time of the calling process. */
int64_t usage_own_cpu_ns(void);

#endif
