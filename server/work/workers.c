#include "server/work/workers.h"

#include "server/work/places.h"
#include "server/work/stream_limit.h"
#include "server/work/thread_pool.h"
#include "server/work/worker.h"
#include "shared/base/counter.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct workers {
    struct workers_settings settings;
    struct thread_pool *pool;
    struct turnstile turnstile;
    struct stream_limit limit; /* used by the acceptor's thread */
    pthread_mutex_t lock;

    /* lock */
    struct worker *first; /* list of the workers that serve a stream */
    /* streams that were handed over, and whose threads are not free yet */
    uint64_t live[SERVICE_PLACES_KINDS];
    bool draining;
    int64_t drain_deadline; /* time on the clock */
    struct counts counts;   /* sums of the workers that have left the list */
};

static unsigned count_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

static struct inbox *serve(void *context, void *job, struct inbox *inbox, void *room);
static void count_out(void *context, void *room);

static bool init_parts(struct workers *workers)
{
    const struct workers_settings *settings = &workers->settings;
    const struct thread_pool_settings pool = {.clock = settings->clock,
                                              .memory = settings->memory,
                                              .run = serve,
                                              .room_size = sizeof(struct worker),
                                              .done = count_out,
                                              .context = workers};
    if (pthread_mutex_init(&workers->lock, NULL) != 0) {
        return false;
    }
    stream_limit_init(&workers->limit, settings->clock, settings->max_streams);
    if (turnstile_init(&workers->turnstile, count_processors(), settings->clock) != 0) {
        goto no_turnstile;
    }
    workers->pool = thread_pool_create(&pool);
    if (workers->pool != NULL) {
        return true;
    }
    turnstile_cleanup(&workers->turnstile);
no_turnstile:
    (void)pthread_mutex_destroy(&workers->lock);
    return false;
}

struct workers *workers_create(const struct workers_settings *settings)
{
    struct workers *workers = calloc(1, sizeof *workers);
    if (workers == NULL) {
        return NULL;
    }
    workers->settings = *settings;
    if (!init_parts(workers)) {
        free(workers);
        return NULL;
    }
    return workers;
}

void workers_destroy(struct workers *workers)
{
    if (workers == NULL) {
        return;
    }
    thread_pool_destroy(workers->pool);
    turnstile_cleanup(&workers->turnstile);
    (void)pthread_mutex_destroy(&workers->lock);
    free(workers);
}

/* ---- A worker's thread ----------------------------------------------------------------------- */

static void begin(struct workers *workers, struct worker *worker)
{
    (void)pthread_mutex_lock(&workers->lock);
    worker->next = workers->first;
    if (worker->next != NULL) {
        worker->next->previous = worker;
    }
    workers->first = worker;
    workers->counts.services[worker->stream->service->number].started++;
    if (workers->draining) {
        worker_drain(worker, workers->drain_deadline);
    }
    (void)pthread_mutex_unlock(&workers->lock);
}

static void add_counters(const struct worker *worker, struct counts *counts)
{
    counters_add_to(&worker->counters, worker->stream->service, counts);
    dialogue_counters_add_to(&worker->dialogue_counters, &counts->dialogue);
}

/* A stream that was reset before a command looks half-closed at first: that is no outcome. */
static void end(struct workers *workers, struct worker *worker)
{
    const struct service *service = worker->stream->service;
    const int64_t lifetime_ns =
        workers->settings.clock->now(workers->settings.clock) - worker->began_at;
    const bool has_outcome = worker->has_outcome &&
                             !(worker->is_broken && counter_read(&worker->counters.received) == 0);
    (void)pthread_mutex_lock(&workers->lock);
    if (worker->previous == NULL) {
        workers->first = worker->next;
    } else {
        worker->previous->next = worker->next;
    }
    if (worker->next != NULL) {
        worker->next->previous = worker->previous;
    }
    add_counters(worker, &workers->counts);
    counts_add_end(&workers->counts, service, lifetime_ns, has_outcome, &worker->host.outcome);
    (void)pthread_mutex_unlock(&workers->lock);
}

static uint64_t live_locked(const struct workers *workers)
{
    uint64_t live = 0;
    for (int kind = 0; kind < SERVICE_PLACES_KINDS; kind++) {
        live += workers->live[kind];
    }
    return live;
}

/*
 * A stream is gone, and its thread can serve the next one or is about to end. Not earlier: with
 * each stream that ends, one more thread could be started than there may be streams. Returns the
 * live streams that are left.
 */
static uint64_t count_out_stream(struct workers *workers, enum service_places places)
{
    (void)pthread_mutex_lock(&workers->lock);
    workers->live[places]--;
    uint64_t live = live_locked(workers);
    bool drained = live == 0 && workers->draining;
    (void)pthread_mutex_unlock(&workers->lock);
    if (drained) {
        workers->settings.drained();
    }
    return live;
}

static void count_out(void *context, void *room)
{
    (void)count_out_stream(context, ((const struct worker *)room)->places);
}

/* A job of the thread pool: a worker in the thread's room serves the stream. */
static struct inbox *serve(void *context, void *job, struct inbox *inbox, void *room)
{
    struct workers *workers = context;
    struct stream *stream = job;
    struct worker *worker = room;
    worker_init(worker, stream, inbox, workers->settings.clock, workers->settings.send_timeout_ns);
    worker->places = stream->service->places;
    begin(workers, worker);
    worker_run(worker);
    end(workers, worker);
    return worker_finish(worker);
}

/* ---- Handing over ---------------------------------------------------------------------------- */

/* After a shortage of threads, streams that are over at once may still try to get one. */
static bool has_threads_for(const struct workers *workers, enum service_places places,
                            uint64_t max_threads)
{
    const bool is_long = places == SERVICE_PLACES_STREAMS || places == SERVICE_PLACES_WATCHES;
    const uint64_t live = live_locked(workers);
    return live < max_threads || (!is_long && live - max_threads < PLACES_SHORT);
}

static enum error admit(struct workers *workers, enum service_places places,
                        struct failure *ret_failure)
{
    enum error error = ERROR_NONE;
    const uint64_t max_threads = stream_limit_get(&workers->limit);
    (void)pthread_mutex_lock(&workers->lock);
    if (workers->draining) {
        error = ERROR_SHUTTING_DOWN;
    } else if (workers->live[places] >= places_of(places, workers->settings.max_streams) ||
               !has_threads_for(workers, places, max_threads)) {
        error = ERROR_TOO_MANY_STREAMS;
    } else {
        workers->live[places]++;
    }
    (void)pthread_mutex_unlock(&workers->lock);
    if (error != ERROR_NONE) {
        bool stops = error == ERROR_SHUTTING_DOWN;
        (void)failure_set(ret_failure, error, "%s",
                          stops ? "go on elsewhere, or here later" : "try again later");
    }
    return error;
}

/* Gives the stream to an idle thread, which wakes in the stream's turn. False: there is none. */
static bool give_to_idle_thread(struct workers *workers, struct stream *stream,
                                struct turnstile *turnstile)
{
    struct inbox *inbox = thread_pool_give(workers->pool, stream);
    if (inbox == NULL) {
        return false;
    }
    turn_init(&stream->turn, turnstile, stream->line, inbox);
    if (turn_ask_for(&stream->turn)) {
        inbox_post(inbox, INBOX_STREAM);
    }
    return true;
}

enum error workers_hand_over(struct workers *workers, struct stream *stream,
                             struct failure *ret_failure)
{
    struct turnstile *turnstile = stream->service->is_paced ? NULL : &workers->turnstile;
    const enum service_places places = stream->service->places;
    enum error error = admit(workers, places, ret_failure);
    if (error != ERROR_NONE || give_to_idle_thread(workers, stream, turnstile)) {
        return error;
    }
    /* The new thread sets the inbox of the turn. */
    turn_init(&stream->turn, turnstile, stream->line, NULL);
    if (thread_pool_start(workers->pool, stream) != 0) {
        stream_limit_learn(&workers->limit, count_out_stream(workers, places));
        return failure_set(ret_failure, ERROR_TOO_MANY_STREAMS, "the server is out of threads");
    }
    return ERROR_NONE;
}

void workers_drain(struct workers *workers, int64_t deadline)
{
    (void)pthread_mutex_lock(&workers->lock);
    workers->draining = true;
    workers->drain_deadline = deadline;
    for (struct worker *worker = workers->first; worker != NULL; worker = worker->next) {
        worker_drain(worker, deadline);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    thread_pool_close(workers->pool);
}

uint64_t workers_live(struct workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    uint64_t live = live_locked(workers);
    (void)pthread_mutex_unlock(&workers->lock);
    return live;
}

uint64_t workers_live_in(struct workers *workers, enum service_places places)
{
    (void)pthread_mutex_lock(&workers->lock);
    uint64_t live = workers->live[places];
    (void)pthread_mutex_unlock(&workers->lock);
    return live;
}

struct counts workers_count(struct workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    struct counts counts = workers->counts;
    memcpy(counts.live, workers->live, sizeof counts.live);
    for (struct worker *worker = workers->first; worker != NULL; worker = worker->next) {
        add_counters(worker, &counts);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return counts;
}
