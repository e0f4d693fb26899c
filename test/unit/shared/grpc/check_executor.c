/* The threads of C core's executor, which are all to start at once. */
#include "shared/grpc/executor.h"
#include "shared/grpc/setup.h"
#include "test/kit/thread_shortage.h"
#include "test/suites.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int count_threads(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    ck_assert_ptr_nonnull(tasks);
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char path[300];
        char name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *file = fopen(path, "r");
        if (file != NULL) {
            count +=
                fgets(name, sizeof name, file) != NULL && strcmp(name, "default-executo\n") == 0;
            fclose(file);
        }
    }
    closedir(tasks);
    return count;
}

START_TEST(all_its_threads_start)
{
    const int wanted = 2 * (int)sysconf(_SC_NPROCESSORS_CONF);
    grpc_setup();
    ck_assert_int_lt(count_threads(), wanted);
    ck_assert(executor_start_threads());
    ck_assert_int_eq(count_threads(), wanted);
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
