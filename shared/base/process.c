#include "shared/base/process.h"

#include "shared/base/clock.h"
#include "shared/base/thread.h"

#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
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

void process_give_memory_back(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

/* Static, since the thread may outlive every function. */
static struct {
    struct timespec deadline; /* of CLOCK_MONOTONIC */
    int status;
} end;

static void *end_process(void *unused)
{
    (void)unused;
    thread_set_name("end");
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end.deadline, NULL) != 0) {
    }
    _exit(end.status);
}

void process_end_within(int64_t time_ns, int status)
{
    pthread_t thread;
    int64_t deadline = clock_add(clock_monotonic.now(&clock_monotonic), time_ns);
    end.deadline = (struct timespec){.tv_sec = deadline / NS_PER_S, .tv_nsec = deadline % NS_PER_S};
    end.status = status;
    if (thread_start(&thread, 0, end_process, NULL) == 0) {
        (void)pthread_detach(thread);
    }
}
