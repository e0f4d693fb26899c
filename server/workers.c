#include "server/workers.h"

#include "server/spare_threads.h"
#include "server/worker.h"
#include "shared/log.h"
#include "shared/thread.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * A worker runs C core's code, which is deep but not greedy: 13 KiB of a stack are ever touched.
 * Sanitizers need more.
 */
enum { STACK_SIZE = 256 * 1024 };

struct workers {
    struct workers_settings settings;
    struct spare_threads spare;
    struct turnstile turnstile;
    pthread_mutex_t lock;

    /* lock */
    struct worker *first;
    uint64_t live;
    uint64_t max_live; /* the limit that was set, or what the system turned out to allow */
    bool draining;
    uint64_t threads; /* that have not begun to leave */
    /* A thread cannot wait for its own end: each waits for the one that left before it. */
    bool has_leaver;
    pthread_t leaver;
    pthread_cond_t all_left;
};

static unsigned count_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

struct workers *workers_create(const struct workers_settings *settings)
{
    struct workers *workers = calloc(1, sizeof *workers);
    if (workers == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&workers->lock, NULL) != 0) {
        goto no_lock;
    }
    if (pthread_cond_init(&workers->all_left, NULL) != 0) {
        goto no_condition;
    }
    if (spare_threads_init(&workers->spare) != 0) {
        goto no_spare;
    }
    if (turnstile_init(&workers->turnstile, count_processors()) != 0) {
        goto no_turnstile;
    }
    workers->settings = *settings;
    workers->max_live = settings->max_streams;
    return workers;

no_turnstile:
    spare_threads_cleanup(&workers->spare);
no_spare:
    (void)pthread_cond_destroy(&workers->all_left);
no_condition:
    (void)pthread_mutex_destroy(&workers->lock);
no_lock:
    free(workers);
    return NULL;
}

void workers_destroy(struct workers *workers)
{
    if (workers == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&workers->lock);
    while (workers->threads > 0) {
        (void)pthread_cond_wait(&workers->all_left, &workers->lock);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    if (workers->has_leaver) {
        (void)pthread_join(workers->leaver, NULL);
    }
    turnstile_cleanup(&workers->turnstile);
    spare_threads_cleanup(&workers->spare);
    (void)pthread_cond_destroy(&workers->all_left);
    (void)pthread_mutex_destroy(&workers->lock);
    free(workers);
}

static void list_locked(struct workers *workers, struct worker *worker)
{
    worker->next = workers->first;
    if (workers->first != NULL) {
        workers->first->previous = worker;
    }
    workers->first = worker;
    workers->live++;
    workers->threads++;
}

static void unlist_locked(struct workers *workers, struct worker *worker)
{
    if (worker->previous == NULL) {
        workers->first = worker->next;
    } else {
        worker->previous->next = worker->next;
    }
    if (worker->next != NULL) {
        worker->next->previous = worker->previous;
    }
    workers->live--;
}

/*
 * The thread's last act: it is joined by the one that leaves next, and joins the one before. After
 * the lock is free the workers may be gone.
 */
static void leave(struct workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    bool has_leaver = workers->has_leaver;
    pthread_t leaver = workers->leaver;
    workers->has_leaver = true;
    workers->leaver = pthread_self();
    if (--workers->threads == 0) {
        (void)pthread_cond_signal(&workers->all_left);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    if (has_leaver) {
        (void)pthread_join(leaver, NULL);
    }
}

static void *run(void *argument)
{
    struct worker *worker = argument;
    struct workers *workers = worker->workers;
    thread_set_name("worker");

    worker_run(worker);

    (void)pthread_mutex_lock(&workers->lock);
    unlist_locked(workers, worker);
    bool drained = workers->draining && workers->live == 0;
    (void)pthread_mutex_unlock(&workers->lock);

    if (drained) {
        workers->settings.drained();
    }
    stream_destroy(worker->stream);
    free(worker);
    leave(workers);
    return NULL;
}

static enum error admit_locked(struct workers *workers, struct worker *worker,
                               struct failure *failure)
{
    if (workers->draining) {
        return failure_set(failure, ERROR_SHUTTING_DOWN, "go on elsewhere, or here later");
    }
    if (workers->live >= workers->max_live) {
        return failure_set(failure, ERROR_TOO_MANY_STREAMS, "try again later");
    }
    list_locked(workers, worker);
    return ERROR_NONE;
}

/*
 * The system has no thread for this worker. C core gets the spare ones, and no later worker may
 * take them away again: as many as there are now have to do from now on.
 */
static void give_up_thread(struct workers *workers, struct worker *worker)
{
    (void)pthread_mutex_lock(&workers->lock);
    unlist_locked(workers, worker);
    workers->threads--;
    workers->max_live = workers->live > 0 ? workers->live : 1;
    uint64_t max_live = workers->max_live;
    (void)pthread_mutex_unlock(&workers->lock);
    spare_threads_release(&workers->spare);
    log_event(LOG_LEVEL_WARN, "out of threads", "max-streams=%" PRIu64 " raise=\"ulimit -u\"",
              max_live);
}

enum error workers_hand_over(struct workers *workers, struct stream *stream,
                             struct failure *ret_failure)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return failure_set(ret_failure, ERROR_TOO_MANY_STREAMS, "the server is out of memory");
    }
    worker->workers = workers;
    worker_init(worker, stream, &workers->settings.conversation, &workers->turnstile);

    (void)pthread_mutex_lock(&workers->lock);
    enum error error = admit_locked(workers, worker, ret_failure);
    (void)pthread_mutex_unlock(&workers->lock);
    if (error != ERROR_NONE) {
        free(worker);
        return error;
    }

    pthread_t thread;
    if (thread_start(&thread, STACK_SIZE, run, worker) != 0) {
        give_up_thread(workers, worker);
        free(worker);
        return failure_set(ret_failure, ERROR_TOO_MANY_STREAMS, "the server is out of threads");
    }
    return ERROR_NONE;
}

void workers_drain(struct workers *workers, int64_t deadline)
{
    (void)pthread_mutex_lock(&workers->lock);
    workers->draining = true;
    for (struct worker *worker = workers->first; worker != NULL; worker = worker->next) {
        worker_drain(worker, deadline);
    }
    (void)pthread_mutex_unlock(&workers->lock);
}

uint64_t workers_live(struct workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    uint64_t live = workers->live;
    (void)pthread_mutex_unlock(&workers->lock);
    return live;
}
