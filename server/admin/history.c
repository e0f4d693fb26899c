#include "server/admin/history.h"

#include "shared/base/clock.h"

#include <string.h>

void history_add(struct history *history, const struct history_sample *sample)
{
    history->samples[history->added++ % HISTORY_SAMPLES] = *sample;
}

/* The number of the first sample that is kept. */
static uint64_t first_of(const struct history *history)
{
    return history->added < HISTORY_SAMPLES ? 0 : history->added - HISTORY_SAMPLES;
}

static const struct history_sample *sample_of(const struct history *history, uint64_t number)
{
    return &history->samples[number % HISTORY_SAMPLES];
}

const struct history_sample *history_last(const struct history *history)
{
    return history->added == 0 ? NULL : sample_of(history, history->added - 1);
}

const struct history_sample *history_before(const struct history *history, int64_t age_ns)
{
    const struct history_sample *last = history_last(history);
    if (last == NULL) {
        return NULL;
    }
    uint64_t number = history->added - 1;
    while (number > first_of(history) &&
           last->time_ns - sample_of(history, number)->time_ns < age_ns) {
        number--;
    }
    return sample_of(history, number);
}

static double rate(uint64_t before, uint64_t after, int64_t ns)
{
    return ns > 0 ? (double)(after - before) * (double)NS_PER_S / (double)ns : 0;
}

static struct history_point point_between(const struct history_sample *begin,
                                          const struct history_sample *end, int64_t left_ns)
{
    const int64_t ns = end->time_ns - begin->time_ns;
    const int64_t begin_ns = begin->time_ns - left_ns;
    return (struct history_point){.begin_ns = begin_ns > 0 ? begin_ns : 0,
                                  .end_ns = end->time_ns - left_ns,
                                  .numbers = rate(begin->numbers, end->numbers, ns),
                                  .resumes = rate(begin->resumes, end->resumes, ns),
                                  .streams = end->streams,
                                  .owned = end->owned,
                                  .idle = end->idle,
                                  .finished = end->finished};
}

/* Samples of a stretch. A stretch begins at a multiple of it, so that it stays the same stretch
 * when others follow. */
static uint64_t stretch_for(uint64_t samples)
{
    static const uint64_t stretches[] = {1, 2, 5};
    for (size_t i = 0; i < sizeof stretches / sizeof stretches[0]; i++) {
        if (samples <= stretches[i] * HISTORY_STRETCHES + 1) {
            return stretches[i];
        }
    }
    return HISTORY_SECONDS / HISTORY_STRETCHES;
}

void history_fold(const struct history *history, struct history_fold *ret_fold)
{
    const uint64_t first = first_of(history);
    const uint64_t stretch = stretch_for(history->added - first);
    ret_fold->width_ns = (int64_t)stretch * HISTORY_STRETCHES * NS_PER_S;
    ret_fold->count = 0;
    if (history->added - first < 2) {
        return;
    }
    const uint64_t last = history->added - 1;
    const int64_t left_ns = sample_of(history, last)->time_ns - ret_fold->width_ns;
    uint64_t begin = first;
    while (begin < last) {
        uint64_t end = (begin / stretch + 1) * stretch;
        end = end < last ? end : last;
        /* Samples that came late may have left the plot. */
        if (sample_of(history, end)->time_ns > left_ns) {
            ret_fold->points[ret_fold->count++] =
                point_between(sample_of(history, begin), sample_of(history, end), left_ns);
        }
        begin = end;
    }
}
