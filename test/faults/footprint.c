#include "test/faults/footprint.h"

#include "shared/base/clock.h"
#include "test/faults/figures.h"
#include "test/kit/proc_files.h"

#include <check.h>

#include <dirent.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 10 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

static uint64_t status_number(int pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    ck_assert_msg(access(path, R_OK) == 0, "the process has ended");
    return proc_status_number(path, name);
}

uint64_t footprint_kib(int pid)
{
    return status_number(pid, "VmRSS");
}

uint64_t footprint_threads(int pid)
{
    return status_number(pid, "Threads");
}

uint64_t footprint_begin_peak(int pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/clear_refs", pid);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs("5", file), 0); /* the peak is the present size (proc(5)) */
    ck_assert_int_eq(fclose(file), 0);
    return footprint_kib(pid);
}

uint64_t footprint_peak_kib(int pid)
{
    return status_number(pid, "VmHWM");
}

uint64_t footprint_descriptors(int pid)
{
    char path[64];
    uint64_t count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *folder = opendir(path);
    ck_assert_msg(folder != NULL, "the process has ended");
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

/* Nothing tells of another process's memory and descriptors but looking at them. */
static bool await(uint64_t (*measure)(int pid), int pid, uint64_t limit, int timeout_ms)
{
    const int64_t deadline = clock_monotonic.now(&clock_monotonic) + timeout_ms * NS_PER_MS;
    while (measure(pid) > limit) {
        if (clock_monotonic.now(&clock_monotonic) >= deadline) {
            return false;
        }
        poll(NULL, 0, LOOK_EVERY_MS);
    }
    return true;
}

bool footprint_await_kib(int pid, uint64_t limit, int timeout_ms)
{
    return is_sanitized || await(footprint_kib, pid, limit, timeout_ms);
}

bool footprint_await_descriptors(int pid, uint64_t limit, int timeout_ms)
{
    return await(footprint_descriptors, pid, limit, timeout_ms);
}

void footprint_expect_growth(int pid, const char *what, uint64_t before_kib, uint64_t limit_mib)
{
    const uint64_t peak = footprint_peak_kib(pid);
    const uint64_t growth = peak > before_kib ? (peak - before_kib) / KIB_IN_MIB : 0;
    figures_print("%s: memory %" PRIu64 " MiB, at most %" PRIu64 " MiB more\n", what,
                  before_kib / KIB_IN_MIB, growth);
    ck_assert_msg(is_sanitized || growth <= limit_mib,
                  "%s: %" PRIu64 " MiB more, of at most %" PRIu64, what, growth, limit_mib);
}
