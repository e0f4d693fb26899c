#include "test/bench/usage.h"

#include "shared/base/clock.h"
#include "test/bench/bench_program.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t cpu_ns(clockid_t clock)
{
    struct timespec used;
    if (clock_gettime(clock, &used) != 0) {
        bench_give_up("the clock of a process: %s", strerror(errno));
    }
    return used.tv_sec * NS_PER_S + used.tv_nsec;
}

static uint64_t rss_bytes(int pid)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    char line[128] = "";
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        bench_give_up("%s: %s", path, strerror(errno));
    }
    (void)fclose(file);
    char *resident;
    (void)strtoull(line, &resident, 10); /* its whole size */
    return strtoull(resident, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

struct usage usage_of(int pid)
{
    clockid_t clock;
    if (clock_getcpuclockid(pid, &clock) != 0) {
        bench_give_up("there is no process %d", pid);
    }
    return (struct usage){
        .cpu_ns = cpu_ns(clock), .own_cpu_ns = usage_own_cpu_ns(), .rss_bytes = rss_bytes(pid)};
}

int64_t usage_own_cpu_ns(void)
{
    return cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
}
