#include "server/admin/sampler.h"

#include "shared/base/clock.h"
#include "shared/base/thread.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define PERIOD_NS NS_PER_S
#define RECENT_NS (10 * NS_PER_S)

struct sampler {
    const struct admin_sources *sources;
    const struct clock *clock;
    pthread_t thread;

    pthread_mutex_t lock;

    /* lock */
    struct counts counts; /* as at the last sample */
    struct history history;
    bool is_stopping;
    pthread_cond_t stop; /* signalled for is_stopping */
};

static int64_t read_cpu_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
}

/* Takes the locks of the sources, one after the other, and holds none of its own meanwhile. */
static void take_sample(struct sampler *sampler)
{
    const struct admin_sources *sources = sampler->sources;
    const struct counts counts = workers_count(sources->workers);
    struct history_sample sample = {.time_ns = sampler->clock->now(sampler->clock),
                                    .cpu_ns = read_cpu_ns(),
                                    .streams = counts.live[SERVICE_PLACES_STREAMS],
                                    .numbers = counts.services[sources->services[0].number].sent,
                                    .resumes = counts.dialogue.resumes};
    if (sources->sessions != NULL) {
        const struct sessions_counts sessions = sessions_read_counts(sources->sessions);
        sample.owned = sessions.owned;
        sample.idle = sessions.idle;
        sample.finished = sessions.finished;
    }
    refusal_rows_read(sources, &counts, &sample.refusals);
    (void)pthread_mutex_lock(&sampler->lock);
    sampler->counts = counts;
    history_add(&sampler->history, &sample);
    (void)pthread_mutex_unlock(&sampler->lock);
}

static void *run(void *argument)
{
    struct sampler *sampler = argument;
    const struct clock *clock = sampler->clock;
    int64_t next = clock_add(clock->now(clock), PERIOD_NS);
    thread_set_name("admin-sampler");
    (void)pthread_mutex_lock(&sampler->lock);
    while (!sampler->is_stopping) {
        if (clock->now(clock) < next) {
            clock->wait(clock, &sampler->stop, &sampler->lock, next);
            continue;
        }
        (void)pthread_mutex_unlock(&sampler->lock);
        take_sample(sampler);
        /* What was missed while the machine was busy is not made up for. */
        next = clock_add(next, PERIOD_NS);
        next = next > clock->now(clock) ? next : clock_add(clock->now(clock), PERIOD_NS);
        (void)pthread_mutex_lock(&sampler->lock);
    }
    (void)pthread_mutex_unlock(&sampler->lock);
    return NULL;
}

struct sampler *sampler_start(const struct admin_sources *sources)
{
    struct sampler *sampler = calloc(1, sizeof *sampler);
    if (sampler == NULL) {
        return NULL;
    }
    sampler->sources = sources;
    sampler->clock = &clock_monotonic;
    if (pthread_mutex_init(&sampler->lock, NULL) != 0) {
        goto no_lock;
    }
    if (clock_condition_init(&sampler->stop) != 0) {
        goto no_condition;
    }
    take_sample(sampler);
    if (thread_start(&sampler->thread, 0, run, sampler) != 0) {
        goto no_thread;
    }
    return sampler;

no_thread:
    (void)pthread_cond_destroy(&sampler->stop);
no_condition:
    (void)pthread_mutex_destroy(&sampler->lock);
no_lock:
    free(sampler);
    return NULL;
}

void sampler_stop(struct sampler *sampler)
{
    if (sampler == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&sampler->lock);
    sampler->is_stopping = true;
    (void)pthread_cond_signal(&sampler->stop);
    (void)pthread_mutex_unlock(&sampler->lock);
    (void)pthread_join(sampler->thread, NULL);
    (void)pthread_cond_destroy(&sampler->stop);
    (void)pthread_mutex_destroy(&sampler->lock);
    free(sampler);
}

void sampler_read(struct sampler *sampler, struct sampler_view *ret_view)
{
    (void)pthread_mutex_lock(&sampler->lock);
    ret_view->counts = sampler->counts;
    ret_view->last = *history_last(&sampler->history);
    ret_view->recent = *history_before(&sampler->history, RECENT_NS);
    ret_view->oldest = *history_before(&sampler->history, INT64_MAX);
    history_fold(&sampler->history, &ret_view->fold);
    (void)pthread_mutex_unlock(&sampler->lock);
}
