/* The threads of C core's executor, which are all to start at once. */
#include "shared/grpc/executor.h"
#include "shared/grpc/setup.h"
#include "test/kit/thread_shortage.h"
#include "test/kit/threads.h"
#include "test/suites.h"

#include <sched.h>
#include <unistd.h>

START_TEST(all_its_threads_start)
{
    const int wanted = 2 * (int)sysconf(_SC_NPROCESSORS_CONF);
    grpc_setup();
    ck_assert_int_lt(threads_count("default-executo"), wanted);
    ck_assert(executor_start_threads());
    while (threads_count("default-executo") < wanted) { /* each sets its name itself, at last */
        (void)sched_yield();
    }
    ck_assert_int_eq(threads_count("default-executo"), wanted);
    grpc_teardown();
}
END_TEST

START_TEST(a_missing_thread_is_found)
{
    grpc_setup();
    thread_shortage_begin();
    ck_assert(!executor_start_threads());
    thread_shortage_end();
    grpc_teardown();
}
END_TEST

Suite *executor_suite(void)
{
    Suite *suite = suite_create("executor");
    TCase *tcase = tcase_create("executor");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, all_its_threads_start);
    tcase_add_test(tcase, a_missing_thread_is_found);
    return suite;
}
