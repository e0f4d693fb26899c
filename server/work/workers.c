#include "server/work/workers.h"

#include "server/work/spare_threads.h"
#include "server/work/worker.h"
#include "shared/base/log.h"
#include "shared/base/process.h"
#include "shared/base/thread.h"

#include <stdlib.h>
#include <unistd.h>

/*
 * A worker runs C core's code, which is deep but not greedy: 12 KiB of a stack are ever touched.
 * Sanitizers need more.
 */
enum { STACK_SIZE = 256 * 1024 };

/*
 * How long a thread waits for another stream when its own is over. A thread costs as much to start
 * and to end as a short session; but what a peak needed is given back soon.
 */
#define IDLE_NS NS_PER_S

/* Of fewer threads the memory is not worth the time. */
enum { PEAK_MIN = 64 };

/*
 * A thread, and the worker that it is while it has a stream. It stands on the thread's own stack,
 * in what is left of a page that the thread needs anyway.
 */
struct worker_thread {
    struct worker worker;
    struct inbox inbox;
    struct passer passer; /* whoever hands over a stream queues it up, so that one wake-up does */

    /* workers.lock */
    struct worker_thread *previous;
    struct worker_thread *next;
    struct stream *stream; /* handed over, and not begun yet */
    bool is_idle;          /* stands in that list */
};

struct workers {
    struct workers_settings settings;
    struct spare_threads spare;
    struct turnstile turnstile;
    pthread_mutex_t lock;

    /* lock */
    struct worker_thread *busy;
    struct worker_thread *idle; /* who became so last comes first, the others can end */
    uint64_t live;              /* streams that were handed over, and are not over */
    uint64_t max_live;          /* the limit that was set, or what the system turned out to allow */
    bool draining;
    int64_t drain_deadline;
    uint64_t threads;              /* that have not begun to leave */
    uint64_t peak;                 /* the most of them since memory was given back */
    struct worker_thread *trimmer; /* the thread that will */
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

static void add_locked(struct worker_thread **list, struct worker_thread *thread)
{
    thread->previous = NULL;
    thread->next = *list;
    if (*list != NULL) {
        (*list)->previous = thread;
    }
    *list = thread;
}

static void remove_locked(struct worker_thread **list, struct worker_thread *thread)
{
    if (thread->previous == NULL) {
        *list = thread->next;
    } else {
        thread->previous->next = thread->next;
    }
    if (thread->next != NULL) {
        thread->next->previous = thread->previous;
    }
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

/* ---- A worker's thread ----------------------------------------------------------------------- */

static void begin(struct workers *workers, struct worker_thread *self)
{
    (void)pthread_mutex_lock(&workers->lock);
    add_locked(&workers->busy, self);
    if (workers->draining) {
        worker_drain(&self->worker, workers->drain_deadline);
    }
    (void)pthread_mutex_unlock(&workers->lock);
}

static void end(struct workers *workers, struct worker_thread *self)
{
    (void)pthread_mutex_lock(&workers->lock);
    remove_locked(&workers->busy, self);
    bool drained = --workers->live == 0 && workers->draining;
    (void)pthread_mutex_unlock(&workers->lock);
    if (drained) {
        workers->settings.drained();
    }
}

/* False: no more streams will come. */
static bool become_idle(struct workers *workers, struct worker_thread *self)
{
    (void)pthread_mutex_lock(&workers->lock);
    bool may_come = !workers->draining;
    self->stream = NULL;
    self->is_idle = may_come;
    if (may_come) {
        add_locked(&workers->idle, self);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return may_come;
}

/*
 * Where half of all threads or more have gone, the memory of their streams is worth giving back.
 * One of those that wait does it when it has waited once more: C core lets go of much a second
 * later.
 */
static bool gives_memory_back_locked(struct workers *workers, struct worker_thread *self)
{
    if (workers->trimmer == NULL && !workers->draining && workers->peak >= PEAK_MIN &&
        workers->threads <= workers->peak / 2) {
        workers->trimmer = self;
        workers->peak = workers->threads;
        return true;
    }
    return false;
}

enum idling { IDLE_ON, IDLE_OVER, STREAM_COMES };

/* Nothing came for a while, or word that none will come; unless a stream just comes. */
static enum idling end_idling(struct workers *workers, struct worker_thread *self)
{
    enum idling result = STREAM_COMES;
    (void)pthread_mutex_lock(&workers->lock);
    if (self->stream == NULL) {
        result = gives_memory_back_locked(workers, self) ? IDLE_ON : IDLE_OVER;
    }
    if (result == IDLE_OVER && self->is_idle) {
        self->is_idle = false;
        remove_locked(&workers->idle, self);
    }
    bool trims = result == IDLE_OVER && workers->trimmer == self;
    (void)pthread_mutex_unlock(&workers->lock);

    if (trims) {
        process_give_memory_back();
        (void)pthread_mutex_lock(&workers->lock);
        workers->trimmer = NULL;
        (void)pthread_mutex_unlock(&workers->lock);
    }
    return result;
}

/* The next stream, in its first turn; NULL: none came for a while, or none will come. */
static struct stream *await_stream(struct workers *workers, struct worker_thread *self)
{
    const struct clock *clock = workers->settings.conversation.clock;
    int64_t deadline = clock_add(clock->now(clock), IDLE_NS);
    (void)inbox_take(&self->inbox); /* what concerned the stream before */
    if (!become_idle(workers, self)) {
        return NULL;
    }
    while ((inbox_wait(&self->inbox, clock, deadline) & INBOX_TURN) == 0) {
        switch (end_idling(workers, self)) {
        case IDLE_ON:
            deadline = clock_add(clock->now(clock), IDLE_NS);
            break;
        case IDLE_OVER:
            return NULL;
        case STREAM_COMES:
            deadline = CLOCK_NEVER;
            break;
        }
    }
    return self->stream;
}

static void serve(struct workers *workers, struct worker_thread *self, struct stream *stream,
                  bool has_turn)
{
    const struct worker_place place = {.inbox = &self->inbox,
                                       .turnstile = &workers->turnstile,
                                       .passer = &self->passer,
                                       .has_turn = has_turn};
    worker_init(&self->worker, stream, &workers->settings.conversation, &place);
    begin(workers, self);
    worker_run(&self->worker);
    end(workers, self);
    worker_finish(&self->worker);
}

/* What a thread is started with. */
struct beginning {
    struct workers *workers;
    struct stream *stream;
};

static void *run(void *argument)
{
    struct beginning *beginning = argument;
    struct workers *workers = beginning->workers;
    struct stream *stream = beginning->stream;
    free(beginning);
    thread_set_name("worker");

    struct worker_thread self = {.stream = stream};
    inbox_init(&self.inbox);
    inbox_own(&self.inbox);
    stream_init_passer(stream, &self.passer, &self.inbox);
    serve(workers, &self, stream, false);
    while ((stream = await_stream(workers, &self)) != NULL) {
        serve(workers, &self, stream, true);
    }
    inbox_disown(&self.inbox);
    inbox_cleanup(&self.inbox);
    leave(workers);
    return NULL;
}

/* ---- Handing over ---------------------------------------------------------------------------- */

static enum error admit_locked(struct workers *workers, struct failure *failure)
{
    if (workers->draining) {
        return failure_set(failure, ERROR_SHUTTING_DOWN, "go on elsewhere, or here later");
    }
    if (workers->live >= workers->max_live) {
        return failure_set(failure, ERROR_TOO_MANY_STREAMS, "try again later");
    }
    workers->live++;
    return ERROR_NONE;
}

/* Gives the stream to a thread that waits for one; NULL: none does, one has to be started. */
static struct worker_thread *choose_thread_locked(struct workers *workers, struct stream *stream)
{
    struct worker_thread *thread = workers->idle;
    if (thread == NULL) {
        workers->threads++;
        workers->peak = workers->threads > workers->peak ? workers->threads : workers->peak;
    } else {
        thread->is_idle = false;
        thread->stream = stream;
        remove_locked(&workers->idle, thread);
        if (thread == workers->trimmer) { /* it has work again: another one shall do that */
            workers->trimmer = NULL;
            workers->peak *= 2;
        }
    }
    return thread;
}

/* Wakes the thread that has got a stream, at full speed when it is its turn. */
static void call_thread(struct workers *workers, struct worker_thread *thread)
{
    bool is_paced = workers->settings.conversation.interval_ns > 0;
    stream_init_passer(thread->stream, &thread->passer, &thread->inbox);
    if (is_paced || turnstile_enter(&workers->turnstile, &thread->passer)) {
        (void)inbox_post(&thread->inbox, INBOX_TURN);
    }
}

static bool start_thread(struct workers *workers, struct stream *stream)
{
    struct beginning *beginning = malloc(sizeof *beginning);
    if (beginning == NULL) {
        return false;
    }
    *beginning = (struct beginning){workers, stream};
    pthread_t thread;
    if (thread_start(&thread, STACK_SIZE, run, beginning) != 0) {
        free(beginning);
        return false;
    }
    return true;
}

/*
 * The system has no thread for this stream. C core gets the spare ones, and no later worker may
 * take them away again: as many as there are now have to do from now on.
 */
static void give_up_thread(struct workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    workers->live--;
    workers->threads--;
    workers->max_live = workers->live > 0 ? workers->live : 1;
    uint64_t max_live = workers->max_live;
    (void)pthread_mutex_unlock(&workers->lock);
    spare_threads_release(&workers->spare);
    log_event(LOG_LEVEL_WARN, "out of threads", log_number("max-streams", max_live),
              log_text("raise", "ulimit -u"));
}

enum error workers_hand_over(struct workers *workers, struct stream *stream,
                             struct failure *ret_failure)
{
    struct worker_thread *thread = NULL;
    (void)pthread_mutex_lock(&workers->lock);
    enum error error = admit_locked(workers, ret_failure);
    if (error == ERROR_NONE) {
        thread = choose_thread_locked(workers, stream);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    if (error != ERROR_NONE) {
        return error;
    }
    if (thread != NULL) {
        call_thread(workers, thread);
        return ERROR_NONE;
    }
    if (!start_thread(workers, stream)) {
        give_up_thread(workers);
        return failure_set(ret_failure, ERROR_TOO_MANY_STREAMS, "the server is out of threads");
    }
    return ERROR_NONE;
}

void workers_drain(struct workers *workers, int64_t deadline)
{
    (void)pthread_mutex_lock(&workers->lock);
    workers->draining = true;
    workers->drain_deadline = deadline;
    for (struct worker_thread *thread = workers->busy; thread != NULL; thread = thread->next) {
        worker_drain(&thread->worker, deadline);
    }
    while (workers->idle != NULL) {
        struct worker_thread *thread = workers->idle;
        thread->is_idle = false;
        remove_locked(&workers->idle, thread);
        (void)inbox_post(&thread->inbox, INBOX_DRAINING);
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
