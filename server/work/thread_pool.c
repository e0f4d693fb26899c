#include "server/work/thread_pool.h"

#include "shared/base/process.h"
#include "shared/base/thread.h"

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

enum {
    /* Bytes of a thread's stack. C core touches 12 KiB of it; sanitizers need more. */
    STACK_SIZE = 256 * 1024,
    /* Bytes that a thread and its stream use (bench row "10,000 paced"). */
    THREAD_MEMORY = 26 * 1024
};

/* How long a thread waits for the next job. */
#define IDLE_NS NS_PER_S

/* A thread of the pool, which owns this. */
struct pool_thread {
    struct thread_pool *pool;
    struct inbox inbox;

    /* thread_pool.lock */
    void *job;                    /* the job that was given; NULL while idle */
    bool is_idle;                 /* in the list of idle threads */
    bool was_given;               /* a job came since the thread began to wait, or last looked */
    struct pool_thread *previous; /* list of idle threads */
    struct pool_thread *next;

    /* its own thread, which joins the one that left before it */
    bool has_predecessor;
    pthread_t predecessor;

    alignas(max_align_t) unsigned char room[]; /* for the jobs */
};

#define THREAD_OF(its_inbox)                                                                       \
    ((struct pool_thread *)(void *)((char *)(its_inbox)-offsetof(struct pool_thread, inbox)))

struct thread_pool {
    struct thread_pool_settings settings;
    pthread_mutex_t lock;

    /* lock */
    struct pool_thread *idle; /* most recently idle first, so that the oldest ones time out */
    bool is_closed;
    size_t threads; /* threads that have not begun to leave */
    /* A leaving thread joins its predecessor; thread_pool_start and _destroy join the last one. */
    bool has_leaver;
    pthread_t leaver;
    pthread_cond_t all_left;
};

struct thread_pool *thread_pool_create(const struct thread_pool_settings *settings)
{
    struct thread_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    pool->settings = *settings;
    if (pthread_mutex_init(&pool->lock, NULL) != 0) {
        free(pool);
        return NULL;
    }
    if (pthread_cond_init(&pool->all_left, NULL) != 0) {
        (void)pthread_mutex_destroy(&pool->lock);
        free(pool);
        return NULL;
    }
    return pool;
}

/* Waits for the end of all threads that have begun to leave. */
static void join_leavers(struct thread_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    bool has_leaver = pool->has_leaver;
    pthread_t leaver = pool->leaver;
    pool->has_leaver = false;
    (void)pthread_mutex_unlock(&pool->lock);
    if (has_leaver) {
        (void)pthread_join(leaver, NULL);
    }
}

void thread_pool_destroy(struct thread_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    thread_pool_close(pool);
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->threads > 0) {
        (void)pthread_cond_wait(&pool->all_left, &pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    join_leavers(pool);
    (void)pthread_cond_destroy(&pool->all_left);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static void add_idle_locked(struct thread_pool *pool, struct pool_thread *thread)
{
    thread->is_idle = true;
    thread->previous = NULL;
    thread->next = pool->idle;
    if (pool->idle != NULL) {
        pool->idle->previous = thread;
    }
    pool->idle = thread;
}

static void remove_idle_locked(struct thread_pool *pool, struct pool_thread *thread)
{
    thread->is_idle = false;
    if (thread->previous == NULL) {
        pool->idle = thread->next;
    } else {
        thread->previous->next = thread->next;
    }
    if (thread->next != NULL) {
        thread->next->previous = thread->previous;
    }
}

/* ---- A thread -------------------------------------------------------------------------------- */

/* The thread gets no job any more, and is about to end. */
static void begin_leaving_locked(struct thread_pool *pool, struct pool_thread *self)
{
    self->has_predecessor = pool->has_leaver;
    self->predecessor = pool->leaver;
    pool->has_leaver = true;
    pool->leaver = pthread_self();
    if (--pool->threads == 0) {
        (void)pthread_cond_signal(&pool->all_left);
    }
}

/* Puts the thread into the list of idle threads. False: the pool is closed, and the thread leaves.
 */
static bool become_idle(struct thread_pool *pool, struct pool_thread *self)
{
    (void)pthread_mutex_lock(&pool->lock);
    bool may_come = !pool->is_closed;
    self->job = NULL;
    self->was_given = false;
    if (may_come) {
        add_idle_locked(pool, self);
    } else {
        begin_leaving_locked(pool, self);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return may_come;
}

/*
 * Ends the thread's wait for a job, for good: it leaves. False: it is to wait on, because it has a
 * job, or had one that another thread has taken over.
 */
static bool end_idling(struct thread_pool *pool, struct pool_thread *self)
{
    (void)pthread_mutex_lock(&pool->lock);
    bool is_over = self->job == NULL && (!self->was_given || pool->is_closed);
    self->was_given = self->job != NULL;
    if (is_over && self->is_idle) {
        remove_idle_locked(pool, self);
    }
    if (is_over) {
        begin_leaving_locked(pool, self);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return is_over;
}

/* Waits for the next job. NULL: none came within IDLE_NS, or the pool is closed. */
static void *await_job(struct thread_pool *pool, struct pool_thread *self)
{
    const struct clock *clock = pool->settings.clock;
    int64_t deadline = clock_add(clock->now(clock), IDLE_NS);
    (void)inbox_take(&self->inbox); /* events of the last job */
    bool is_idle = become_idle(pool, self);
    pool->settings.done(pool->settings.context, self->room);
    if (!is_idle) {
        return NULL;
    }
    while ((inbox_wait(&self->inbox, clock, deadline) & INBOX_STREAM) == 0) {
        if (end_idling(pool, self)) {
            return NULL;
        }
        deadline = clock_add(clock->now(clock), IDLE_NS);
    }
    return self->job;
}

/* Takes the job of the thread that waits at this inbox, which is idle again. */
static void *take_over(struct thread_pool *pool, struct pool_thread *self, struct inbox *inbox)
{
    struct pool_thread *other = THREAD_OF(inbox);
    (void)inbox_take(&self->inbox); /* events of the last job */
    (void)pthread_mutex_lock(&pool->lock);
    self->job = other->job;
    other->job = NULL;
    if (pool->is_closed) {
        inbox_post(inbox, INBOX_DRAINING);
    } else {
        add_idle_locked(pool, other);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    pool->settings.done(pool->settings.context, self->room);
    return self->job;
}

static void *run(void *argument)
{
    struct pool_thread *self = argument;
    struct thread_pool *pool = self->pool;
    const struct thread_pool_settings *settings = &pool->settings;
    void *job = self->job;
    thread_set_name("worker");
    inbox_own(&self->inbox);
    while (job != NULL) {
        struct inbox *next = settings->run(settings->context, job, &self->inbox, self->room);
        job = next == NULL ? await_job(pool, self) : take_over(pool, self, next);
    }
    inbox_disown(&self->inbox);
    inbox_cleanup(&self->inbox);
    memory_release(settings->memory, THREAD_MEMORY);
    if (self->has_predecessor) {
        (void)pthread_join(self->predecessor, NULL);
    }
    free(self);
    return NULL;
}

/* ---- From other threads ---------------------------------------------------------------------- */

struct inbox *thread_pool_give(struct thread_pool *pool, void *job)
{
    (void)pthread_mutex_lock(&pool->lock);
    struct pool_thread *thread = pool->idle;
    if (thread != NULL) {
        thread->job = job;
        thread->was_given = true;
        remove_idle_locked(pool, thread);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return thread == NULL ? NULL : &thread->inbox;
}

static void count_thread(struct thread_pool *pool, bool begins)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->threads = begins ? pool->threads + 1 : pool->threads - 1;
    (void)pthread_mutex_unlock(&pool->lock);
}

int thread_pool_start(struct thread_pool *pool, void *job)
{
    struct pool_thread *self = process_has_room(THREAD_POOL_MEMORY_LEFT)
                                   ? malloc(sizeof *self + pool->settings.room_size)
                                   : NULL;
    if (self == NULL) {
        return ENOMEM;
    }
    *self = (struct pool_thread){.pool = pool, .job = job};
    inbox_init(&self->inbox);
    pthread_t thread;
    join_leavers(pool);
    count_thread(pool, true);
    memory_use(pool->settings.memory, THREAD_MEMORY);
    int error = thread_start(&thread, STACK_SIZE, run, self);
    if (error != 0) {
        memory_release(pool->settings.memory, THREAD_MEMORY);
        count_thread(pool, false);
        inbox_cleanup(&self->inbox);
        free(self);
    }
    return error;
}

void thread_pool_close(struct thread_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->is_closed = true;
    while (pool->idle != NULL) {
        struct pool_thread *thread = pool->idle;
        remove_idle_locked(pool, thread);
        inbox_post(&thread->inbox, INBOX_DRAINING);
    }
    (void)pthread_mutex_unlock(&pool->lock);
}
