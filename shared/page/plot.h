/*
 * Plots over the time of a run, as SVG within a page. They stretch with the page while their text
 * keeps its size: places along the width are percentages, and those along the height are pixels.
 * The labels of the height stand left of the plot, in a margin that the style sheet keeps free. For
 * one thread.
 */
#ifndef COMMS_SHARED_PAGE_PLOT_H
#define COMMS_SHARED_PAGE_PLOT_H

#include "shared/page/html.h"

#include <stddef.h>
#include <stdint.h>

/* A stretch of the run's time. */
struct plot_point {
    int64_t begin_ns; /* nanoseconds since the beginning of the run */
    int64_t end_ns;
    double rate;     /* numbers a second, in this stretch */
    uint64_t breaks; /* in this stretch */
    unsigned live;   /* streams that receive, at its end */
    unsigned waiting;
};

/* Streams in a time without a change, or on average. */
struct plot_level {
    int64_t begin_ns;
    int64_t end_ns;
    double live;
    double waiting;
};

/* At least one. */
struct plot_levels {
    size_t count;
    const struct plot_level *items;
};

/* Stretches that follow on each other from the beginning of the run; at least one. Not owned. */
struct plot_points {
    size_t count;
    const struct plot_point *items;
};

/* Draws the throughput, with breaks, and marks the time until `warmup_ns`. */
void plot_throughput(struct html *html, const struct plot_points *points, int64_t warmup_ns);

/* Draws the streams that receive and the streams that wait, with breaks. */
void plot_streams(struct html *html, const struct plot_points *points,
                  const struct plot_levels *levels);

#endif
