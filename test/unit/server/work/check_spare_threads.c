/* The spare threads: they start, they end when released, and cleanup waits for them. */
#include "server/work/spare_threads.h"
#include "test/kit/thread_shortage.h"
#include "test/suites.h"

#include <dirent.h>

/* Counts the threads of this process. */
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
    /* A sanitizer may have started its own thread meanwhile. */
    ck_assert_int_ge(thread_count(), before + SPARE_THREADS);
    spare_threads_release(&spare);
    spare_threads_release(&spare);
    for (size_t i = 0; i < spare.count; i++) {
        ck_assert_int_eq(pthread_join(spare.threads[i], NULL), 0);
    }
    spare.count = 0; /* all are joined */
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

START_TEST(they_are_restored_after_a_release)
{
    struct spare_threads spare;
    ck_assert_int_eq(spare_threads_init(&spare), 0);
    for (int i = 0; i < 3; i++) {
        spare_threads_release(&spare);
        ck_assert(spare_threads_restore(&spare));
        ck_assert_uint_eq(spare.count, SPARE_THREADS);
        ck_assert(!spare.is_released);
    }
    spare_threads_cleanup(&spare);
}
END_TEST

START_TEST(while_the_shortage_lasts_they_are_not_restored)
{
    struct spare_threads spare;
    ck_assert_int_eq(spare_threads_init(&spare), 0);
    spare_threads_release(&spare);
    thread_shortage_begin();
    for (int i = 0; i < 2; i++) {
        ck_assert(!spare_threads_restore(&spare));
        ck_assert_uint_eq(spare.count, 0);
        ck_assert(spare.is_released);
    }
    thread_shortage_end();
    ck_assert(spare_threads_restore(&spare));
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
    tcase_add_test(spare, they_are_restored_after_a_release);
    tcase_add_test(spare, while_the_shortage_lasts_they_are_not_restored);
    return suite;
}
