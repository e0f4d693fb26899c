#include "test/kit/memory_shortage.h"

#include <check.h>

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void set_limit(rlim_t bytes)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

void memory_shortage_begin(size_t left)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lu", &pages), 1); /* NOLINT(cert-err34-c): the kernel's */
    ck_assert_int_eq(fclose(file), 0);
    set_limit(pages * (rlim_t)sysconf(_SC_PAGESIZE) + left);
}

void memory_shortage_end(void)
{
    set_limit(RLIM_INFINITY);
}
