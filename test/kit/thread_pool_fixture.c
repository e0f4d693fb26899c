#include "test/kit/thread_pool_fixture.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

enum { ROOM_SIZE = 1000 };

struct fake_clock pool_clock;
struct thread_pool *tried_pool;
atomic_int pool_jobs_done;
sem_t pool_dones;

/* Check's assertions are for the test's thread. */
static void must_be_context(const void *context)
{
    if (context != &pool_clock) {
        abort();
    }
}

static struct inbox *do_job(void *context, void *argument, struct inbox *inbox, void *room)
{
    struct pool_job *job = argument;
    must_be_context(context);
    job->inbox = inbox;
    memset(room, 0xff, ROOM_SIZE);
    (void)sem_post(&job->begun);
    (void)sem_wait(&job->end);
    atomic_fetch_add(&pool_jobs_done, 1);
    return job->next;
}

static void note_done(void *context, void *room)
{
    must_be_context(context);
    ck_assert_uint_eq(*(const unsigned char *)room, 0xff); /* as the job left it */
    (void)sem_post(&pool_dones);
}

void thread_pool_set_up(void)
{
    ck_assert_int_eq(sem_init(&pool_dones, 0, 0), 0);
    fake_clock_init(&pool_clock, POOL_START_TIME);
    atomic_store(&pool_jobs_done, 0);
    const struct thread_pool_settings settings = {.clock = &pool_clock.clock,
                                                  .run = do_job,
                                                  .room_size = ROOM_SIZE,
                                                  .done = note_done,
                                                  .context = &pool_clock};
    tried_pool = thread_pool_create(&settings);
    ck_assert_ptr_nonnull(tried_pool);
}

void thread_pool_tear_down(void)
{
    thread_pool_destroy(tried_pool);
    sem_destroy(&pool_dones);
    fake_clock_cleanup(&pool_clock);
}

void pool_job_init(struct pool_job *job)
{
    ck_assert_int_eq(sem_init(&job->begun, 0, 0), 0);
    ck_assert_int_eq(sem_init(&job->end, 0, 0), 0);
    job->next = NULL;
}

void pool_job_start(struct pool_job *job)
{
    pool_job_init(job);
    ck_assert_int_eq(thread_pool_start(tried_pool, job), 0);
    ck_assert_int_eq(sem_wait(&job->begun), 0);
}

void pool_job_end(struct pool_job *job)
{
    (void)sem_post(&job->end);
}

void await_idle_thread(int64_t until)
{
    fake_clock_await_deadline(&pool_clock, until);
}
