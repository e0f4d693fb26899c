/*
 * The samples of a run as few enough points to be drawn: in a long run several samples make one
 * point. Plain data, for one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_TIMELINE_H
#define COMMS_CLIENT_MEASURE_TIMELINE_H

#include "client/measure/result.h"

#include <stddef.h>
#include <stdint.h>

enum { TIMELINE_POINTS = 600 };

struct timeline_point {
    int64_t begin_ns; /* nanoseconds since the beginning of the run */
    int64_t end_ns;
    uint64_t numbers; /* in this time */
    uint64_t breaks;
    unsigned live; /* at its end */
    unsigned waiting;
};

struct timeline {
    size_t count;
    struct timeline_point points[TIMELINE_POINTS];
};

/* Makes the points of samples that are in order. */
void timeline_init(struct timeline *timeline, const struct sample *samples, size_t count);

/* Numbers a second, over the time of the point. */
double timeline_point_rate(const struct timeline_point *point);

#endif
