/*
 * Threads that are used again: a thread costs as much to start and to end as a short session, so
 * one whose job is over waits a second for the next job. What a peak needed is given back soon.
 *
 * thread_pool.lock is a leaf lock.
 */
#ifndef COMMS_SERVER_WORK_THREAD_POOL_H
#define COMMS_SERVER_WORK_THREAD_POOL_H

#include "server/work/inbox.h"
#include "shared/base/clock.h"
#include "shared/base/memory.h"

struct thread_pool;

struct thread_pool_settings {
    const struct clock *clock;
    struct memory *memory; /* hears of the threads' memory; NULL: nobody does */

    /* Does a job. In a thread of the pool, whose inbox this is; events may be left in it. */
    void (*run)(void *context, void *job, struct inbox *inbox);
    void *context;
};

/* NULL where memory is missing. */
struct thread_pool *thread_pool_create(const struct thread_pool_settings *settings);

/* Closes the pool, waits until the last thread has ended, and frees everything. NULL: nothing. */
void thread_pool_destroy(struct thread_pool *pool);

/*
 * Gives the job to an idle thread, which begins when INBOX_STREAM is posted to the inbox that is
 * returned: the caller sees to that, once. NULL: no thread is idle. From any thread.
 */
struct inbox *thread_pool_give(struct thread_pool *pool, void *job);

/* Starts a thread with the job. 0, or an error number and the job is still the caller's. */
int thread_pool_start(struct thread_pool *pool, void *job);

/* No job comes any more: the idle threads end, the others after their job. From any thread. */
void thread_pool_close(struct thread_pool *pool);

#endif
