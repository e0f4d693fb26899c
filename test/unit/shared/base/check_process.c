/* shared/base/process: what a process asks of the system. Each test is a process of its own. */
#define _GNU_SOURCE /* SCHED_BATCH */

#include "shared/base/clock.h"
#include "shared/base/process.h"
#include "test/kit/memory_shortage.h"
#include "test/suites.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int timer_slack(void)
{
    return prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
}

START_TEST(waits_may_end_a_thousandth_late)
{
    static const struct {
        int64_t wait_ns;
        int slack_ns;
    } rows[] = {{60 * NS_PER_MS, 60000},
                {NS_PER_S / 2, 500000},
                {NS_PER_S, 1000000},
                {10 * NS_PER_S, 1000000},
                {CLOCK_NEVER, 1000000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        process_set_timer_slack(rows[i].wait_ns);
        ck_assert_int_eq(timer_slack(), rows[i].slack_ns);
    }
}
END_TEST

START_TEST(short_waits_stay_as_exact_as_they_were)
{
    int usual = timer_slack();
    static const int64_t waits[] = {0, 1, NS_PER_MS, 50 * NS_PER_MS};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        process_set_timer_slack(waits[i]);
        ck_assert_int_eq(timer_slack(), usual);
    }
}
END_TEST

static void *read_policy(void *ret_policy)
{
    *(int *)ret_policy = sched_getscheduler(0);
    return NULL;
}

START_TEST(threads_that_start_later_prefer_throughput)
{
    int policy = SCHED_OTHER;
    pthread_t thread;
    process_prefer_throughput();
    ck_assert_int_eq(pthread_create(&thread, NULL, read_policy, &policy), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(policy, SCHED_BATCH);
}
END_TEST

START_TEST(a_policy_that_the_user_chose_stays)
{
    const struct sched_param none = {.sched_priority = 0};
    ck_assert_int_eq(sched_setscheduler(0, SCHED_IDLE, &none), 0);
    process_prefer_throughput();
    ck_assert_int_eq(sched_getscheduler(0), SCHED_IDLE);
}
END_TEST

START_TEST(all_descriptors_are_taken_that_there_are)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max / 2;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    process_raise_descriptor_limit();
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_uint_eq(limit.rlim_cur, limit.rlim_max);
}
END_TEST

/* Whether reads, and whether writes, work on a descriptor. */
static bool can_read(int descriptor)
{
    char byte;
    return read(descriptor, &byte, 1) >= 0;
}

static bool can_write(int descriptor)
{
    return write(descriptor, "", 1) == 1;
}

/* Each set of closed descriptors, as the bits of a number. */
START_TEST(a_standard_descriptor_that_is_closed_becomes_no_file)
{
    int zero = open("/dev/zero", O_RDWR);
    bool was_closed[3];
    for (int i = 0; i < 3; i++) {
        was_closed[i] = ((unsigned)_i >> i & 1) != 0;
        ck_assert_int_eq(dup2(zero, i), i);
        if (was_closed[i]) {
            close(i);
        }
    }
    ck_assert(process_open_standard_descriptors());
    int next = open("/dev/zero", O_RDONLY);
    ck_assert_int_gt(next, zero);
    ck_assert(can_read(0));
    ck_assert(can_write(1) == !was_closed[1]); /* what is lost must be noticed */
    ck_assert(can_write(2));
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/* The sanitizers reserve more address space than any limit. */
START_TEST(there_is_room_up_to_the_limit)
{
    const size_t room = 64 << 20;
    ck_assert(process_has_room(2 * room));
    memory_shortage_begin(room);
    for (int i = 0; i < 100; i++) { /* a look takes nothing */
        ck_assert(process_has_room(room / 2));
    }
    ck_assert(!process_has_room(2 * room));
    memory_shortage_end();
    ck_assert(process_has_room(2 * room));
}
END_TEST

#endif

Suite *process_suite(void)
{
    Suite *suite = suite_create("process");
    TCase *tcase = tcase_create("process");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, waits_may_end_a_thousandth_late);
    tcase_add_test(tcase, short_waits_stay_as_exact_as_they_were);
    tcase_add_test(tcase, threads_that_start_later_prefer_throughput);
    tcase_add_test(tcase, a_policy_that_the_user_chose_stays);
    tcase_add_test(tcase, all_descriptors_are_taken_that_there_are);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    tcase_add_test(tcase, there_is_room_up_to_the_limit);
#endif
    tcase_add_loop_test(tcase, a_standard_descriptor_that_is_closed_becomes_no_file, 0, 8);
    return suite;
}
