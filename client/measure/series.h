/*
 * The samples of a run, few enough to be drawn: of a long run several make one point. Plain data,
 * for one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_SERIES_H
#define COMMS_CLIENT_MEASURE_SERIES_H

#include "client/report/result.h"

#include <stddef.h>
#include <stdint.h>

enum { SERIES_POINTS = 600 };

struct series_point {
    int64_t begin_ns; /* since the beginning of the run */
    int64_t end_ns;
    uint64_t numbers; /* in this time */
    uint64_t breaks;
    unsigned live; /* at its end */
    unsigned waiting;
};

struct series {
    size_t count;
    struct series_point points[SERIES_POINTS];
};

/* Of samples in order. */
void series_init(struct series *series, const struct sample *samples, size_t count);

/* Numbers a second. */
double series_point_rate(const struct series_point *point);

#endif
