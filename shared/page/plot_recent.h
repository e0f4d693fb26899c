/*
 * Plots of the last minutes, up to now, as SVG within a page: as those of plot.h, but the time ends
 * at the right edge. For one thread.
 */
#ifndef COMMS_SHARED_PAGE_PLOT_RECENT_H
#define COMMS_SHARED_PAGE_PLOT_RECENT_H

#include "shared/page/html.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLOT_RECENT_LINES_MAX = 3 };

struct plot_recent_line {
    const char *name;  /* static: what is counted, "live streams" */
    const char *class; /* of the style sheet: live, waiting, done */
};

struct plot_recent_stretch {
    int64_t begin_ns; /* nanoseconds since the left edge */
    int64_t end_ns;
    double values[PLOT_RECENT_LINES_MAX]; /* of each line */
};

struct plot_recent {
    int64_t width_ns; /* from the left edge to now */

    /* True: a value is that of its whole stretch, and drawn as a step. False: it is that of the
     * stretch's end, and the ends are joined. */
    bool is_rate;

    const char *value_title; /* of the height, static: "streams" */

    size_t line_count;
    const struct plot_recent_line *lines;

    /* Stretches that follow on each other, the last one up to now; at least one. Not owned. */
    size_t count;
    const struct plot_recent_stretch *stretches;
};

/* Draws it. `label`, static, says what it is for those who do not see it. */
void plot_recent(struct html *html, const struct plot_recent *plot, const char *label);

#endif
