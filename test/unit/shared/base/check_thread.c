/* shared/base/thread: whether there is room for more threads. Each test is a process of its own. */
#include "shared/base/thread.h"
#include "test/suites.h"

#include <sys/resource.h>
#include <unistd.h>

START_TEST(a_few_threads_have_room)
{
    ck_assert(thread_is_room_for(0));
    ck_assert(thread_is_room_for(1));
    ck_assert(thread_is_room_for(20));
    ck_assert(thread_is_room_for(THREAD_PROBE_MAX));
}
END_TEST

/* Root has no limit of threads. */
START_TEST(a_limit_of_threads_is_noticed)
{
    const struct rlimit limit = {.rlim_cur = 4, .rlim_max = 4};
    if (geteuid() == 0) {
        ck_assert_int_eq(setuid(54321), 0);
    }
    ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &limit), 0);
    ck_assert(!thread_is_room_for(20));
}
END_TEST

Suite *thread_suite(void)
{
    Suite *suite = suite_create("thread");
    TCase *tcase = tcase_create("thread");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_few_threads_have_room);
    tcase_add_test(tcase, a_limit_of_threads_is_noticed);
    return suite;
}
