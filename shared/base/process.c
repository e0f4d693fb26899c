#include "shared/base/process.h"

#include "shared/base/clock.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

void process_occupy_standard_descriptors(void)
{
    /* open returns the lowest free number, and the lower ones are taken. */
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0) {
            (void)open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
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

void process_give_memory_back(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}
