/* The threads that make room: they are there, they go when told, and are waited for. */
#include "server/work/spare_threads.h"
#include "test/suites.h"

#include <dirent.h>

/* The threads of this process. */
static int thread_count(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    ck_assert_ptr_nonnull(tasks);
    for (const struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    ck_assert_int_eq(closedir(tasks), 0);
    return count;
}

START_TEST(they_wait_until_they_are_released)
{
    struct spare_threads spare;
    int before = thread_count();
    ck_assert_int_eq(spare_threads_init(&spare), 0);
    ck_assert_uint_eq(spare.count, SPARE_THREADS);
    /* A sanitizer's own thread may have come too. */
    ck_assert_int_ge(thread_count(), before + SPARE_THREADS);
    spare_threads_release(&spare);
    spare_threads_release(&spare);
    for (size_t i = 0; i < spare.count; i++) {
        ck_assert_int_eq(pthread_join(spare.threads[i], NULL), 0);
    }
    spare.count = 0; /* all of them have been waited for */
    spare_threads_cleanup(&spare);
}
END_TEST

START_TEST(cleaning_up_releases_them)
{
    struct spare_threads spare;
    ck_assert_int_eq(spare_threads_init(&spare), 0);
    spare_threads_cleanup(&spare);
}
END_TEST

Suite *spare_threads_suite(void)
{
    Suite *suite = suite_create("spare-threads");
    TCase *spare = tcase_create("spare-threads");
    suite_add_tcase(suite, spare);
    tcase_add_test(spare, they_wait_until_they_are_released);
    tcase_add_test(spare, cleaning_up_releases_them);
    return suite;
}
