/* The thread pool: a thread does job after job, it ends if it gets none, and destroy waits for all.
 */
#include "server/work/thread_pool.h"
#include "test/kit/fake_clock.h"
#include "test/kit/threads.h"
#include "test/suites.h"

#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define START_TIME (100 * NS_PER_S)

enum { ROOM_SIZE = 1000 };

struct job {
    sem_t begun;
    sem_t end; /* posted by the test */
    struct inbox *inbox;
    struct inbox *next; /* of the thread whose job is done after this one; or NULL */
};

static struct fake_clock fake;
static struct thread_pool *pool;
static atomic_int jobs_done;
static sem_t dones; /* posted by `done` */

/* Check's assertions are for the test's thread. */
static void must_be_context(const void *context)
{
    if (context != &fake) {
        abort();
    }
}

static struct inbox *do_job(void *context, void *argument, struct inbox *inbox, void *room)
{
    struct job *job = argument;
    must_be_context(context);
    job->inbox = inbox;
    memset(room, 0xff, ROOM_SIZE);
    (void)sem_post(&job->begun);
    (void)sem_wait(&job->end);
    atomic_fetch_add(&jobs_done, 1);
    return job->next;
}

static void note_done(void *context)
{
    must_be_context(context);
    (void)sem_post(&dones);
}

static void set_up(void)
{
    ck_assert_int_eq(sem_init(&dones, 0, 0), 0);
    fake_clock_init(&fake, START_TIME);
    atomic_store(&jobs_done, 0);
    const struct thread_pool_settings settings = {.clock = &fake.clock,
                                                  .run = do_job,
                                                  .room_size = ROOM_SIZE,
                                                  .done = note_done,
                                                  .context = &fake};
    pool = thread_pool_create(&settings);
    ck_assert_ptr_nonnull(pool);
}

static void tear_down(void)
{
    thread_pool_destroy(pool);
    sem_destroy(&dones);
    fake_clock_cleanup(&fake);
}

static void job_init(struct job *job)
{
    ck_assert_int_eq(sem_init(&job->begun, 0, 0), 0);
    ck_assert_int_eq(sem_init(&job->end, 0, 0), 0);
    job->next = NULL;
}

static void start(struct job *job)
{
    job_init(job);
    ck_assert_int_eq(thread_pool_start(pool, job), 0);
    ck_assert_int_eq(sem_wait(&job->begun), 0);
}

static void end(struct job *job)
{
    (void)sem_post(&job->end);
}

/* Returns when a thread waits for a job until this time. */
static void await_idle(int64_t until)
{
    fake_clock_await_deadline(&fake, until);
}

static void await_no_threads(void)
{
    while (threads_count("worker") > 0) {
        sched_yield();
    }
}

START_TEST(a_thread_does_one_job_after_the_other)
{
    struct job first;
    struct job second;
    ck_assert_ptr_null(thread_pool_give(pool, &first));
    start(&first);
    ck_assert_ptr_null(thread_pool_give(pool, &second)); /* the only thread is busy */
    end(&first);
    await_idle(START_TIME + NS_PER_S);

    job_init(&second);
    struct inbox *inbox = thread_pool_give(pool, &second);
    ck_assert_ptr_eq(inbox, first.inbox);
    ck_assert_ptr_null(thread_pool_give(pool, &first));
    ck_assert_int_ne(sem_trywait(&second.begun), 0);
    inbox_post(inbox, INBOX_STREAM);
    ck_assert_int_eq(sem_wait(&second.begun), 0);
    ck_assert_ptr_eq(second.inbox, inbox);
    end(&second);
    await_idle(START_TIME + NS_PER_S);
}
END_TEST

START_TEST(a_thread_that_gets_no_job_ends)
{
    struct job job;
    start(&job);
    end(&job);
    await_idle(START_TIME + NS_PER_S);
    fake_clock_advance(&fake, NS_PER_S);
    await_no_threads();
    ck_assert_ptr_null(thread_pool_give(pool, &job));
}
END_TEST

/* Events that a job left in the inbox do not begin another job. */
START_TEST(old_events_are_not_a_job)
{
    struct job job;
    start(&job);
    inbox_post(job.inbox, INBOX_STREAM | INBOX_TURN | INBOX_TAKEN_OVER);
    end(&job);
    await_idle(START_TIME + NS_PER_S);
    ck_assert_int_eq(atomic_load(&jobs_done), 1);
}
END_TEST

/* The job is given just before the thread's idle time ends: the thread waits until it may begin. */
START_TEST(a_job_that_is_given_is_waited_for)
{
    struct job job;
    start(&job);
    end(&job);
    await_idle(START_TIME + NS_PER_S);
    job_init(&job);
    struct inbox *inbox = thread_pool_give(pool, &job);
    ck_assert_ptr_nonnull(inbox);
    fake_clock_advance(&fake, NS_PER_S);
    await_idle(START_TIME + 2 * NS_PER_S);
    inbox_post(inbox, INBOX_STREAM);
    ck_assert_int_eq(sem_wait(&job.begun), 0);
    end(&job);
    thread_pool_destroy(pool); /* while the job is still on this stack */
    pool = NULL;
}
END_TEST

/* Two threads: one does jobs[0], and the other one was given jobs[2] and sleeps. */
static void begin_take_over(struct job jobs[static 3])
{
    start(&jobs[0]);
    start(&jobs[1]);
    end(&jobs[1]);
    ck_assert_int_eq(sem_wait(&dones), 0);
    await_idle(START_TIME + NS_PER_S);
    job_init(&jobs[2]);
    jobs[0].next = thread_pool_give(pool, &jobs[2]);
    ck_assert_ptr_eq(jobs[0].next, jobs[1].inbox);
}

START_TEST(a_thread_takes_over_the_job_of_one_that_sleeps)
{
    struct job jobs[3];
    begin_take_over(jobs);
    ck_assert_int_ne(sem_trywait(&jobs[2].begun), 0);
    end(&jobs[0]);
    ck_assert_int_eq(sem_wait(&jobs[2].begun), 0);
    ck_assert_ptr_eq(jobs[2].inbox, jobs[0].inbox);
    ck_assert_int_eq(sem_wait(&dones), 0);

    struct job next; /* for the thread that sleeps still */
    job_init(&next);
    ck_assert_ptr_eq(thread_pool_give(pool, &next), jobs[1].inbox);
    inbox_post(jobs[1].inbox, INBOX_STREAM);
    ck_assert_int_eq(sem_wait(&next.begun), 0);
    ck_assert_ptr_eq(next.inbox, jobs[1].inbox);
    end(&next);
    end(&jobs[2]);
    thread_pool_destroy(pool); /* while the jobs are still on this stack */
    pool = NULL;
    ck_assert_int_eq(atomic_load(&jobs_done), 4);
}
END_TEST

/* It was needed just now, although it has slept for a second. */
START_TEST(a_thread_whose_job_was_taken_over_waits_a_second_more)
{
    struct job jobs[3];
    begin_take_over(jobs);
    end(&jobs[0]);
    ck_assert_int_eq(sem_wait(&jobs[2].begun), 0);
    ck_assert_int_eq(sem_wait(&dones), 0);
    fake_clock_advance(&fake, NS_PER_S);
    await_idle(START_TIME + 2 * NS_PER_S);
    fake_clock_advance(&fake, NS_PER_S);
    while (threads_count("worker") > 1) {
        sched_yield();
    }
    end(&jobs[2]);
    thread_pool_destroy(pool); /* while the jobs are still on this stack */
    pool = NULL;
}
END_TEST

START_TEST(a_closed_pool_ends_a_thread_whose_job_was_taken_over)
{
    struct job jobs[3];
    begin_take_over(jobs);
    thread_pool_close(pool);
    end(&jobs[0]);
    ck_assert_int_eq(sem_wait(&jobs[2].begun), 0);
    ck_assert_ptr_eq(jobs[2].inbox, jobs[0].inbox);
    while (threads_count("worker") > 1) {
        sched_yield();
    }
    end(&jobs[2]);
    thread_pool_destroy(pool);
    pool = NULL;
    ck_assert_int_eq(atomic_load(&jobs_done), 3);
}
END_TEST

START_TEST(the_one_that_became_idle_last_comes_first)
{
    struct job jobs[3];
    for (size_t i = 0; i < 3; i++) {
        start(&jobs[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        end(&jobs[i]);
        await_idle(START_TIME + (int64_t)i * NS_PER_MS + NS_PER_S);
        fake_clock_advance(&fake, NS_PER_MS);
    }
    struct job next[3];
    for (size_t i = 3; i-- > 0;) {
        job_init(&next[i]);
        struct inbox *inbox = thread_pool_give(pool, &next[i]);
        ck_assert_ptr_eq(inbox, jobs[i].inbox);
        inbox_post(inbox, INBOX_STREAM);
        ck_assert_int_eq(sem_wait(&next[i].begun), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        end(&next[i]);
    }
    thread_pool_destroy(pool); /* while the jobs are still on this stack */
    pool = NULL;
}
END_TEST

START_TEST(a_closed_pool_ends_its_threads)
{
    struct job busy;
    struct job idle;
    start(&busy);
    start(&idle);
    end(&idle);
    await_idle(START_TIME + NS_PER_S);
    thread_pool_close(pool);
    ck_assert_ptr_null(thread_pool_give(pool, &idle));
    end(&busy);
    thread_pool_destroy(pool);
    pool = NULL;
    ck_assert_int_eq(atomic_load(&jobs_done), 2);
}
END_TEST

START_TEST(a_thread_is_free_once_its_job_is_done)
{
    enum { ROUNDS = 200 };
    struct job jobs[2];
    start(&jobs[0]);
    for (int i = 0; i < ROUNDS; i++) {
        ck_assert_int_ne(sem_trywait(&dones), 0);
        end(&jobs[i % 2]);
        ck_assert_int_eq(sem_wait(&dones), 0);
        job_init(&jobs[(i + 1) % 2]);
        struct inbox *inbox = thread_pool_give(pool, &jobs[(i + 1) % 2]);
        ck_assert_ptr_nonnull(inbox);
        inbox_post(inbox, INBOX_STREAM);
        ck_assert_int_eq(sem_wait(&jobs[(i + 1) % 2].begun), 0);
    }
    end(&jobs[ROUNDS % 2]);
    ck_assert_int_eq(sem_wait(&dones), 0); /* the thread has left the job, which is on this stack */
}
END_TEST

static void give_or_start(struct job *job)
{
    job_init(job);
    struct inbox *inbox = thread_pool_give(pool, job);
    if (inbox == NULL) {
        ck_assert_int_eq(thread_pool_start(pool, job), 0);
    } else {
        inbox_post(inbox, INBOX_STREAM);
    }
    ck_assert_int_eq(sem_wait(&job->begun), 0);
}

/* Threads end while others start: those that are about to end count, too. */
START_TEST(there_are_never_more_threads_than_jobs)
{
    enum { ROUNDS = 100, JOBS = 16 };
    struct job jobs[JOBS];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < JOBS; i++) {
            give_or_start(&jobs[i]);
            ck_assert_int_le(threads_count("worker"), JOBS);
        }
        for (int i = 0; i < JOBS; i++) {
            end(&jobs[i]);
            ck_assert_int_eq(sem_wait(&dones), 0);
        }
        fake_clock_advance(&fake, NS_PER_S);
    }
}
END_TEST

Suite *thread_pool_suite(void)
{
    Suite *suite = suite_create("thread-pool");
    TCase *threads = tcase_create("threads");
    tcase_set_timeout(threads, 30); /* thousands of looks at /proc, beside other tests */
    suite_add_tcase(suite, threads);
    tcase_add_checked_fixture(threads, set_up, tear_down);
    tcase_add_test(threads, a_thread_does_one_job_after_the_other);
    tcase_add_test(threads, a_thread_that_gets_no_job_ends);
    tcase_add_test(threads, old_events_are_not_a_job);
    tcase_add_test(threads, a_job_that_is_given_is_waited_for);
    tcase_add_test(threads, a_thread_takes_over_the_job_of_one_that_sleeps);
    tcase_add_test(threads, a_thread_whose_job_was_taken_over_waits_a_second_more);
    tcase_add_test(threads, a_closed_pool_ends_a_thread_whose_job_was_taken_over);
    tcase_add_test(threads, the_one_that_became_idle_last_comes_first);
    tcase_add_test(threads, a_closed_pool_ends_its_threads);
    tcase_add_test(threads, a_thread_is_free_once_its_job_is_done);
    tcase_add_test(threads, there_are_never_more_threads_than_jobs);
    return suite;
}
