/* A histogram of durations as SVG within a page, in the manner of client/report/plot.h. For one
 * thread. */
#ifndef COMMS_CLIENT_REPORT_PLOT_HISTOGRAM_H
#define COMMS_CLIENT_REPORT_PLOT_HISTOGRAM_H

#include "client/measure/histogram.h"
#include "client/report/html.h"

/*
 * Bars over a logarithmic axis of time, with the median, the 99th percentile and the longest
 * marked. `what` names it for those who do not see it; it is static. The histogram is not empty.
 */
void plot_histogram(struct html *html, const struct histogram *histogram, const char *what);

#endif
