#define _GNU_SOURCE /* setresuid */

#include "test/kit/thread_shortage.h"

#include <check.h>

#include <sys/resource.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static void set_limit(rlim_t threads)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NPROC, &limit), 0);
    limit.rlim_cur = threads < limit.rlim_max ? threads : limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &limit), 0);
}

void thread_shortage_begin(void)
{
    if (geteuid() == 0) {
        ck_assert_int_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
    }
    set_limit(1);
}

void thread_shortage_end(void)
{
    set_limit(RLIM_INFINITY);
}
