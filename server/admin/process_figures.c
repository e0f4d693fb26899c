#define _DEFAULT_SOURCE /* readdir's names beside the types of POSIX */

#include "server/admin/process_figures.h"

#include "shared/base/clock.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 1024 };

static uint64_t count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    uint64_t count = 0;
    if (folder == NULL) {
        return 0;
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this function's */
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(folder);
    return count - 1; /* without the folder's own */
}

/* When the machine was started, in seconds since 1970; see find_boot. */
static double boot_s;

/* Once for all: the two clocks are read one after the other, and one of them is set. For those who
 * watch it, a process whose start is another time has been started again. */
static void find_boot(void)
{
    struct timespec now;
    struct timespec since_boot;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)clock_gettime(CLOCK_BOOTTIME, &since_boot);
    boot_s = (double)(now.tv_sec - since_boot.tv_sec) +
             (double)(now.tv_nsec - since_boot.tv_nsec) / (double)NS_PER_S;
}

/* Reads the fields of /proc/self/stat from the state on, which is the third. */
static void read_stat(struct process_figures *figures)
{
    char line[LINE_SIZE];
    FILE *file = fopen("/proc/self/stat", "re");
    const char *end = NULL;
    if (file != NULL && fgets(line, sizeof line, file) != NULL) {
        end = strrchr(line, ')'); /* the name before it may hold anything */
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    uint64_t user;
    uint64_t system;
    uint64_t threads;
    uint64_t start;
    uint64_t pages;
    if (end == NULL ||
        /* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
        sscanf(end + 2,
               "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
               " %*d %*d %*d %*d %" SCNu64 " %*d %" SCNu64 " %*u %" SCNu64,
               &user, &system, &threads, &start, &pages) != 5) {
        return;
    }
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, find_boot);
    const double ticks = (double)sysconf(_SC_CLK_TCK);
    figures->threads = threads;
    figures->cpu_s = (double)(user + system) / ticks;
    figures->resident_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    figures->start_s = boot_s + (double)start / ticks;
}

struct process_figures process_figures_read(void)
{
    struct process_figures figures = {.descriptors = count_descriptors()};
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        figures.max_descriptors = limit.rlim_cur;
    }
    read_stat(&figures);
    return figures;
}
