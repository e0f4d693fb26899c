/* shared/base/thread: the sizes of stacks, and whether there is room for more threads. */
#define _GNU_SOURCE /* pthread_getattr_np */
#include "shared/base/thread.h"
#include "test/suites.h"

#include <sys/resource.h>
#include <unistd.h>

enum { SMALL = 1024 * 1024, OTHER = 1536 * 1024 }; /* the thread sanitizer needs as much */

static void *get_stack_size(void *argument)
{
    size_t *size = argument;
    pthread_attr_t attributes;
    ck_assert_int_eq(pthread_getattr_np(pthread_self(), &attributes), 0);
    ck_assert_int_eq(pthread_attr_getstacksize(&attributes, size), 0);
    ck_assert_int_eq(pthread_attr_destroy(&attributes), 0);
    return NULL;
}

static size_t stack_size_of(size_t stack_size)
{
    pthread_t thread;
    size_t size = 0;
    ck_assert_int_eq(thread_start(&thread, stack_size, get_stack_size, &size), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    return size;
}

/* A library starts its threads without our functions. */
START_TEST(the_default_is_for_threads_without_a_size)
{
    pthread_t of_a_library;
    size_t size = 0;
    ck_assert_uint_gt(stack_size_of(0), SMALL);
    thread_set_default_stack(SMALL);
    ck_assert_int_eq(pthread_create(&of_a_library, NULL, get_stack_size, &size), 0);
    ck_assert_int_eq(pthread_join(of_a_library, NULL), 0);
    ck_assert_uint_eq(size, SMALL);
    ck_assert_uint_eq(stack_size_of(0), SMALL);
    ck_assert_uint_eq(stack_size_of(OTHER), OTHER);
}
END_TEST

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
    tcase_add_test(tcase, the_default_is_for_threads_without_a_size);
    tcase_add_test(tcase, a_few_threads_have_room);
    tcase_add_test(tcase, a_limit_of_threads_is_noticed);
    return suite;
}
