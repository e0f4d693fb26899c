/*
 * What the tests of the thread pool share: a pool with a clock that the test moves, and jobs that
 * go on until the test ends them. For the test's thread.
 */
#ifndef COMMS_TEST_KIT_THREAD_POOL_FIXTURE_H
#define COMMS_TEST_KIT_THREAD_POOL_FIXTURE_H

#include "server/work/thread_pool.h"
#include "test/kit/fake_clock.h"

#include <semaphore.h>
#include <stdatomic.h>

#define POOL_START_TIME (100 * NS_PER_S)

/* The test owns it, until pool_dones was posted for it, or the pool is destroyed. */
struct pool_job {
    sem_t begun;
    sem_t end; /* posted by the test */
    struct inbox *inbox;
    struct inbox *next; /* of the thread whose job is done after this one; or NULL */
};

extern struct fake_clock pool_clock; /* stands at POOL_START_TIME at first */
extern struct thread_pool *tried_pool;
extern atomic_int pool_jobs_done;
extern sem_t pool_dones; /* posted when a thread has left its job */

/* A test's checked fixture. A test that destroys the pool itself sets it to NULL. */
void thread_pool_set_up(void);
void thread_pool_tear_down(void);

void pool_job_init(struct pool_job *job);

/* Starts a job in a new thread. Returns when it has begun. */
void pool_job_start(struct pool_job *job);

/* Lets a job end. */
void pool_job_end(struct pool_job *job);

/* Returns when a thread waits for a job until this time. */
void await_idle_thread(int64_t until);

#endif
