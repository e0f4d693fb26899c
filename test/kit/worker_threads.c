#include "test/kit/worker_threads.h"

#include "shared/base/clock.h"
#include "test/kit/proc_files.h"

#include <check.h>

#include <dirent.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_EVERY_MS = 10, IDLE_MS = 200 };

#define DEADLINE_NS (PROGRAM_DEADLINE_MS * NS_PER_MS)

/* Adds the thread in this folder of /proc, if it is a worker. */
static void add_thread(const char *folder, struct worker_threads *threads)
{
    char path[512];
    char text[64];
    snprintf(path, sizeof path, "%s/schedstat", folder);
    proc_read_text(path, text, sizeof text);
    const uint64_t ran_ns = strtoull(text, NULL, 10);
    snprintf(path, sizeof path, "%s/status", folder);
    proc_read_text(path, text, sizeof text);
    if (strstr(text, "Name:\tworker\n") != NULL) {
        threads->count++;
        threads->runnable += strstr(text, "\nState:\tR") != NULL;
        threads->wake_ups += proc_status_number(path, "voluntary_ctxt_switches");
        threads->ran_ns += ran_ns;
    }
}

struct worker_threads look_at_workers(const struct program *server)
{
    char path[64];
    struct worker_threads threads = {.count = 0};
    snprintf(path, sizeof path, "/proc/%d/task", program_pid(server));
    DIR *tasks = opendir(path);
    ck_assert_ptr_nonnull(tasks);
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char folder[sizeof path + sizeof task->d_name];
        snprintf(folder, sizeof folder, "%s/%.64s", path, task->d_name);
        add_thread(folder, &threads);
    }
    closedir(tasks);
    return threads;
}

static void wait_within(int64_t deadline, int ms)
{
    ck_assert_int_lt(clock_monotonic.now(&clock_monotonic), deadline);
    poll(NULL, 0, ms);
}

void await_idle_workers(const struct program *server)
{
    const int64_t deadline = clock_add(clock_monotonic.now(&clock_monotonic), DEADLINE_NS);
    uint64_t before;
    struct worker_threads workers = look_at_workers(server);
    do {
        wait_within(deadline, IDLE_MS);
        before = workers.ran_ns;
        workers = look_at_workers(server);
    } while (workers.ran_ns != before || workers.runnable > 0);
}

void await_at_most_workers(const struct program *server, unsigned limit)
{
    const int64_t deadline = clock_add(clock_monotonic.now(&clock_monotonic), DEADLINE_NS);
    while (look_at_workers(server).count > limit) {
        wait_within(deadline, LOOK_EVERY_MS);
    }
}
