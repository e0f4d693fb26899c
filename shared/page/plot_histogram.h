/*
 * A histogram of durations as SVG within a page, in the manner of shared/page/plot.h. For one
 * thread.
 */
#ifndef COMMS_SHARED_PAGE_PLOT_HISTOGRAM_H
#define COMMS_SHARED_PAGE_PLOT_HISTOGRAM_H

#include "shared/page/html.h"

#include <stddef.h>
#include <stdint.h>

/* How many durations are not below begin_ns, and below end_ns. */
struct plot_bucket {
    int64_t begin_ns; /* nanoseconds */
    int64_t end_ns;
    uint64_t count;
};

/* Durations, as a histogram holds them. */
struct plot_durations {
    uint64_t count; /* of all; at least 1 */
    int64_t min_ns;
    int64_t p50_ns;
    int64_t p99_ns;
    int64_t on_time_ns; /* less than this has a bar of its own, "on time"; 0: no such bar */
    int64_t max_ns;
    size_t bucket_count;
    const struct plot_bucket *buckets; /* not owned; empty ones may be left out */
};

/*
 * Draws bars over a logarithmic axis of time, and marks the median, the 99th percentile and the
 * longest duration. `what` names the plot for those who do not see it; it is static.
 */
void plot_histogram(struct html *html, const struct plot_durations *durations, const char *what);

#endif
