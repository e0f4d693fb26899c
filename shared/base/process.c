#define _GNU_SOURCE /* MAP_ANONYMOUS, SCHED_BATCH */

#include "shared/base/process.h"

#include "shared/base/clock.h"

#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

bool process_open_standard_descriptors(void)
{
    /* Of standard output only reads are allowed: a write fails with EBADF, as if it were closed. */
    static const int flags[] = {
        [STDIN_FILENO] = O_RDONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_WRONLY};
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
        /* open returns the lowest number that is free: those below i are open by now. */
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", flags[i]) != i) {
            return false;
        }
    }
    return true;
}

void process_raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* linux/prctl.h of Linux 6.16; Debian 12's headers are older. */
enum { FUTEX_HASH = 78, FUTEX_HASH_SET_SLOTS = 1, SLOTS = 16384 };

void process_widen_futex_hash(void)
{
    (void)prctl(FUTEX_HASH, FUTEX_HASH_SET_SLOTS, SLOTS, 0, 0);
}

void process_set_timer_slack(int64_t wait_ns)
{
    const int64_t usual = 50000;
    int64_t slack = wait_ns / 1000 < NS_PER_MS ? wait_ns / 1000 : NS_PER_MS;
    if (slack > usual) {
        (void)prctl(PR_SET_TIMERSLACK, (unsigned long)slack, 0, 0, 0);
    }
}

void process_prefer_throughput(void)
{
    const struct sched_param none = {.sched_priority = 0};
    if (sched_getscheduler(0) == SCHED_OTHER) {
        (void)sched_setscheduler(0, SCHED_BATCH, &none);
    }
}

bool process_has_room(size_t bytes)
{
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return room != MAP_FAILED && munmap(room, bytes) == 0;
}

void process_give_memory_back(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}
