#include "client/measure/timeline.h"

#include "shared/base/clock.h"

void timeline_init(struct timeline *timeline, const struct sample *samples, size_t count)
{
    size_t together = (count + TIMELINE_POINTS - 1) / TIMELINE_POINTS;
    struct counts before = {0};
    timeline->count = 0;
    for (size_t first = 0; first < count; first += together) {
        size_t last = (count - first > together ? first + together : count) - 1;
        timeline->points[timeline->count++] = (struct timeline_point){
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

double timeline_point_rate(const struct timeline_point *point)
{
    int64_t length_ns = point->end_ns - point->begin_ns;
    return length_ns > 0 ? (double)point->numbers * (double)NS_PER_S / (double)length_ns : 0;
}
