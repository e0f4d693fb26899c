/*
 * Plots over the time of a run, as SVG within a page. They stretch with the page while their text
 * keeps its size: places along the width are percentages, those along the height are pixels, and
 * the labels of the height stand left of the plot, in a margin that the page's style keeps free.
 * For one thread.
 */
#ifndef COMMS_CLIENT_REPORT_PLOT_H
#define COMMS_CLIENT_REPORT_PLOT_H

#include "client/measure/timeline.h"
#include "client/report/html.h"

/* Throughput, with breaks. The time until `warmup_ns` is marked. The series is not empty. */
void plot_throughput(struct html *html, const struct timeline *timeline, int64_t warmup_ns);

/* Streams that receive and streams that wait, with breaks. The series is not empty. */
void plot_streams(struct html *html, const struct timeline *timeline);

#endif
