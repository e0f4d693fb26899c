#include "test/bench/usage.h"

#include "shared/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t cpu_ns(clockid_t clock)
{
    struct timespec used;
    if (clock_gettime(clock, &used) != 0) {
        perror("the clock of a process");
        exit(EXIT_FAILURE);
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
        perror(path);
        exit(EXIT_FAILURE);
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
        (void)fprintf(stderr, "there is no process %d\n", pid);
        exit(EXIT_FAILURE);
    }
    return (struct usage){
        .cpu_ns = cpu_ns(clock), .own_cpu_ns = usage_own_cpu_ns(), .rss_bytes = rss_bytes(pid)};
}

int64_t usage_own_cpu_ns(void)
{
    return cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
}
