/*
 * Threads that are used again. To start and end a thread costs as much as a short session, so a
 * thread whose job is over waits a second for the next job. Then it ends: the memory of a peak is
 * free again soon.
 *
 * thread_pool.lock is a leaf lock.
 */
#ifndef COMMS_SERVER_WORK_THREAD_POOL_H
#define COMMS_SERVER_WORK_THREAD_POOL_H

#include "server/work/inbox.h"
#include "shared/base/clock.h"
#include "shared/base/memory.h"

#include <stddef.h>

/*
 * Bytes of memory that must be left for a thread to start, besides its stack: for C core, which
 * ends the process when it gets none. It refuses some hundred streams with these.
 */
enum { THREAD_POOL_MEMORY_LEFT = 16 * 1024 * 1024 };

struct thread_pool;

struct thread_pool_settings {
    const struct clock *clock;
    struct memory *memory; /* counts the threads' bytes; NULL: not counted */

    /*
     * Does a job, in a thread of the pool. `inbox` is the thread's; it may keep events. Returns the
     * inbox of a thread that was given a job, and to which INBOX_STREAM was not posted: the thread
     * that returns does that job, and the other one is idle again. So one job follows the other
     * without a wake-up. NULL: none.
     */
    struct inbox *(*run)(void *context, void *job, struct inbox *inbox, void *room);
    /*
     * Bytes of `room`, memory that each thread has for its jobs, aligned for any type. On the stack
     * they would make every thread touch one page more.
     */
    size_t room_size;
    /*
     * Called after each job, in its thread, with its room and without a lock: now the thread can be
     * given the next job, or is about to end. thread_pool_start waits for threads that are about to
     * end. So if the caller has at most N jobs whose `done` was not called, there are never more
     * than N threads.
     */
    void (*done)(void *context, void *room);
    void *context;
};

/* NULL if memory is missing. */
struct thread_pool *thread_pool_create(const struct thread_pool_settings *settings);

/* Closes the pool, waits until all threads have ended, and frees it. NULL: does nothing. */
void thread_pool_destroy(struct thread_pool *pool);

/*
 * Gives the job to an idle thread and returns the thread's inbox. The caller must post INBOX_STREAM
 * there, once; then the thread begins the job. Or `run` returns the inbox. NULL: no thread is idle.
 * From any thread.
 */
struct inbox *thread_pool_give(struct thread_pool *pool, void *job);

/*
 * Starts a thread with the job. Returns 0, or an error number if the system has no thread or too
 * little memory for it; the caller then still owns the job. First waits until all threads have
 * ended that are about to. For one thread at a time.
 */
int thread_pool_start(struct thread_pool *pool, void *job);

/* Ends the idle threads, and each other thread after its job. From any thread. */
void thread_pool_close(struct thread_pool *pool);

#endif
