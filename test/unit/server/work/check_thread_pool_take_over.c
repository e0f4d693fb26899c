/* The thread pool: a thread that is done takes over the job of one that sleeps. */
#include "test/kit/thread_pool_fixture.h"
#include "test/kit/threads.h"
#include "test/suites.h"

#include <sched.h>

/* Two threads: one does jobs[0], and the other one was given jobs[2] and sleeps. */
static void begin_take_over(struct pool_job jobs[static 3])
{
    pool_job_start(&jobs[0]);
    pool_job_start(&jobs[1]);
    pool_job_end(&jobs[1]);
    ck_assert_int_eq(sem_wait(&pool_dones), 0);
    await_idle_thread(POOL_START_TIME + NS_PER_S);
    pool_job_init(&jobs[2]);
    jobs[0].next = thread_pool_give(tried_pool, &jobs[2]);
    ck_assert_ptr_eq(jobs[0].next, jobs[1].inbox);
}

START_TEST(a_thread_takes_over_the_job_of_one_that_sleeps)
{
    struct pool_job jobs[3];
    begin_take_over(jobs);
    ck_assert_int_ne(sem_trywait(&jobs[2].begun), 0);
    pool_job_end(&jobs[0]);
    ck_assert_int_eq(sem_wait(&jobs[2].begun), 0);
    ck_assert_ptr_eq(jobs[2].inbox, jobs[0].inbox);
    ck_assert_int_eq(sem_wait(&pool_dones), 0);

    struct pool_job next; /* for the thread that sleeps still */
    pool_job_init(&next);
    ck_assert_ptr_eq(thread_pool_give(tried_pool, &next), jobs[1].inbox);
    inbox_post(jobs[1].inbox, INBOX_STREAM);
    ck_assert_int_eq(sem_wait(&next.begun), 0);
    ck_assert_ptr_eq(next.inbox, jobs[1].inbox);
    pool_job_end(&next);
    pool_job_end(&jobs[2]);
    thread_pool_destroy(tried_pool); /* while the jobs are still on this stack */
    tried_pool = NULL;
    ck_assert_int_eq(atomic_load(&pool_jobs_done), 4);
}
END_TEST

/* It was needed just now, although it has slept for a second. */
START_TEST(a_thread_whose_job_was_taken_over_waits_a_second_more)
{
    struct pool_job jobs[3];
    begin_take_over(jobs);
    pool_job_end(&jobs[0]);
    ck_assert_int_eq(sem_wait(&jobs[2].begun), 0);
    ck_assert_int_eq(sem_wait(&pool_dones), 0);
    fake_clock_advance(&pool_clock, NS_PER_S);
    await_idle_thread(POOL_START_TIME + 2 * NS_PER_S);
    fake_clock_advance(&pool_clock, NS_PER_S);
    while (threads_count("worker") > 1) {
        sched_yield();
    }
    pool_job_end(&jobs[2]);
    thread_pool_destroy(tried_pool); /* while the jobs are still on this stack */
    tried_pool = NULL;
}
END_TEST

START_TEST(a_closed_pool_ends_a_thread_whose_job_was_taken_over)
{
    struct pool_job jobs[3];
    begin_take_over(jobs);
    thread_pool_close(tried_pool);
    pool_job_end(&jobs[0]);
    ck_assert_int_eq(sem_wait(&jobs[2].begun), 0);
    ck_assert_ptr_eq(jobs[2].inbox, jobs[0].inbox);
    while (threads_count("worker") > 1) {
        sched_yield();
    }
    pool_job_end(&jobs[2]);
    thread_pool_destroy(tried_pool);
    tried_pool = NULL;
    ck_assert_int_eq(atomic_load(&pool_jobs_done), 3);
}
END_TEST

Suite *thread_pool_take_over_suite(void)
{
    Suite *suite = suite_create("thread-pool-take-over");
    TCase *taking = tcase_create("taking over");
    tcase_set_timeout(taking, 30); /* looks at /proc, beside other tests */
    suite_add_tcase(suite, taking);
    tcase_add_checked_fixture(taking, thread_pool_set_up, thread_pool_tear_down);
    tcase_add_test(taking, a_thread_takes_over_the_job_of_one_that_sleeps);
    tcase_add_test(taking, a_thread_whose_job_was_taken_over_waits_a_second_more);
    tcase_add_test(taking, a_closed_pool_ends_a_thread_whose_job_was_taken_over);
    return suite;
}
