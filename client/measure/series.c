#include "client/measure/series.h"

#include "shared/base/clock.h"

void series_init(struct series *series, const struct sample *samples, size_t count)
{
    size_t together = (count + SERIES_POINTS - 1) / SERIES_POINTS;
    struct counts before = {0};
    series->count = 0;
    for (size_t first = 0; first < count; first += together) {
        size_t last = (count - first > together ? first + together : count) - 1;
        series->points[series->count++] = (struct series_point){
            .begin_ns = samples[first].at_ns - samples[first].length_ns,
            .end_ns = samples[last].at_ns,
            .numbers = samples[last].counts.numbers - before.numbers,
            .breaks = samples[last].counts.breaks - before.breaks,
            .live = samples[last].live,
            .waiting = samples[last].waiting,
        };
        before = samples[last].counts;
    }
}

double series_point_rate(const struct series_point *point)
{
    int64_t length_ns = point->end_ns - point->begin_ns;
    return length_ns > 0 ? (double)point->numbers * (double)NS_PER_S / (double)length_ns : 0;
}
