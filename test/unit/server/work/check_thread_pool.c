/* The thread pool: a thread does job after job, it ends if it gets none, and destroy waits for all.
 */
#include "test/kit/thread_pool_fixture.h"
#include "test/kit/threads.h"
#include "test/suites.h"

#include <sched.h>

static void await_no_threads(void)
{
    while (threads_count("worker") > 0) {
        sched_yield();
    }
}

START_TEST(a_thread_does_one_job_after_the_other)
{
    struct pool_job first;
    struct pool_job second;
    ck_assert_ptr_null(thread_pool_give(tried_pool, &first));
    pool_job_start(&first);
    ck_assert_ptr_null(thread_pool_give(tried_pool, &second)); /* the only thread is busy */
    pool_job_end(&first);
    await_idle_thread(POOL_START_TIME + NS_PER_S);

    pool_job_init(&second);
    struct inbox *inbox = thread_pool_give(tried_pool, &second);
    ck_assert_ptr_eq(inbox, first.inbox);
    ck_assert_ptr_null(thread_pool_give(tried_pool, &first));
    ck_assert_int_ne(sem_trywait(&second.begun), 0);
    inbox_post(inbox, INBOX_STREAM);
    ck_assert_int_eq(sem_wait(&second.begun), 0);
    ck_assert_ptr_eq(second.inbox, inbox);
    pool_job_end(&second);
    await_idle_thread(POOL_START_TIME + NS_PER_S);
}
END_TEST

START_TEST(a_thread_that_gets_no_job_ends)
{
    struct pool_job job;
    pool_job_start(&job);
    pool_job_end(&job);
    await_idle_thread(POOL_START_TIME + NS_PER_S);
    fake_clock_advance(&pool_clock, NS_PER_S);
    await_no_threads();
    ck_assert_ptr_null(thread_pool_give(tried_pool, &job));
}
END_TEST

/* Events that a job left in the inbox do not begin another job. */
START_TEST(old_events_are_not_a_job)
{
    struct pool_job job;
    pool_job_start(&job);
    inbox_post(job.inbox, INBOX_STREAM | INBOX_TURN | INBOX_TAKEN_OVER);
    pool_job_end(&job);
    await_idle_thread(POOL_START_TIME + NS_PER_S);
    ck_assert_int_eq(atomic_load(&pool_jobs_done), 1);
}
END_TEST

/* The job is given just before the thread's idle time ends: the thread waits until it may begin. */
START_TEST(a_job_that_is_given_is_waited_for)
{
    struct pool_job job;
    pool_job_start(&job);
    pool_job_end(&job);
    await_idle_thread(POOL_START_TIME + NS_PER_S);
    pool_job_init(&job);
    struct inbox *inbox = thread_pool_give(tried_pool, &job);
    ck_assert_ptr_nonnull(inbox);
    fake_clock_advance(&pool_clock, NS_PER_S);
    await_idle_thread(POOL_START_TIME + 2 * NS_PER_S);
    inbox_post(inbox, INBOX_STREAM);
    ck_assert_int_eq(sem_wait(&job.begun), 0);
    pool_job_end(&job);
    thread_pool_destroy(tried_pool); /* while the job is still on this stack */
    tried_pool = NULL;
}
END_TEST

START_TEST(the_one_that_became_idle_last_comes_first)
{
    struct pool_job jobs[3];
    for (size_t i = 0; i < 3; i++) {
        pool_job_start(&jobs[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        pool_job_end(&jobs[i]);
        await_idle_thread(POOL_START_TIME + (int64_t)i * NS_PER_MS + NS_PER_S);
        fake_clock_advance(&pool_clock, NS_PER_MS);
    }
    struct pool_job next[3];
    for (size_t i = 3; i-- > 0;) {
        pool_job_init(&next[i]);
        struct inbox *inbox = thread_pool_give(tried_pool, &next[i]);
        ck_assert_ptr_eq(inbox, jobs[i].inbox);
        inbox_post(inbox, INBOX_STREAM);
        ck_assert_int_eq(sem_wait(&next[i].begun), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        pool_job_end(&next[i]);
    }
    thread_pool_destroy(tried_pool); /* while the jobs are still on this stack */
    tried_pool = NULL;
}
END_TEST

START_TEST(a_closed_pool_ends_its_threads)
{
    struct pool_job busy;
    struct pool_job idle;
    pool_job_start(&busy);
    pool_job_start(&idle);
    pool_job_end(&idle);
    await_idle_thread(POOL_START_TIME + NS_PER_S);
    thread_pool_close(tried_pool);
    ck_assert_ptr_null(thread_pool_give(tried_pool, &idle));
    pool_job_end(&busy);
    thread_pool_destroy(tried_pool);
    tried_pool = NULL;
    ck_assert_int_eq(atomic_load(&pool_jobs_done), 2);
}
END_TEST

START_TEST(a_thread_is_free_once_its_job_is_done)
{
    enum { ROUNDS = 200 };
    struct pool_job jobs[2];
    pool_job_start(&jobs[0]);
    for (int i = 0; i < ROUNDS; i++) {
        ck_assert_int_ne(sem_trywait(&pool_dones), 0);
        pool_job_end(&jobs[i % 2]);
        ck_assert_int_eq(sem_wait(&pool_dones), 0);
        pool_job_init(&jobs[(i + 1) % 2]);
        struct inbox *inbox = thread_pool_give(tried_pool, &jobs[(i + 1) % 2]);
        ck_assert_ptr_nonnull(inbox);
        inbox_post(inbox, INBOX_STREAM);
        ck_assert_int_eq(sem_wait(&jobs[(i + 1) % 2].begun), 0);
    }
    pool_job_end(&jobs[ROUNDS % 2]);
    /* The thread has left the job, which is on this stack. */
    ck_assert_int_eq(sem_wait(&pool_dones), 0);
}
END_TEST

static void give_or_start(struct pool_job *job)
{
    pool_job_init(job);
    struct inbox *inbox = thread_pool_give(tried_pool, job);
    if (inbox == NULL) {
        ck_assert_int_eq(thread_pool_start(tried_pool, job), 0);
    } else {
        inbox_post(inbox, INBOX_STREAM);
    }
    ck_assert_int_eq(sem_wait(&job->begun), 0);
}

/* Threads end while others start: those that are about to end count, too. */
START_TEST(there_are_never_more_threads_than_jobs)
{
    enum { ROUNDS = 100, JOBS = 16 };
    struct pool_job jobs[JOBS];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < JOBS; i++) {
            give_or_start(&jobs[i]);
            ck_assert_int_le(threads_count("worker"), JOBS);
        }
        for (int i = 0; i < JOBS; i++) {
            pool_job_end(&jobs[i]);
            ck_assert_int_eq(sem_wait(&pool_dones), 0);
        }
        fake_clock_advance(&pool_clock, NS_PER_S);
    }
}
END_TEST

Suite *thread_pool_suite(void)
{
    Suite *suite = suite_create("thread-pool");
    TCase *threads = tcase_create("threads");
    tcase_set_timeout(threads, 30); /* thousands of looks at /proc, beside other tests */
    suite_add_tcase(suite, threads);
    tcase_add_checked_fixture(threads, thread_pool_set_up, thread_pool_tear_down);
    tcase_add_test(threads, a_thread_does_one_job_after_the_other);
    tcase_add_test(threads, a_thread_that_gets_no_job_ends);
    tcase_add_test(threads, old_events_are_not_a_job);
    tcase_add_test(threads, a_job_that_is_given_is_waited_for);
    tcase_add_test(threads, the_one_that_became_idle_last_comes_first);
    tcase_add_test(threads, a_closed_pool_ends_its_threads);
    tcase_add_test(threads, a_thread_is_free_once_its_job_is_done);
    tcase_add_test(threads, there_are_never_more_threads_than_jobs);
    return suite;
}
