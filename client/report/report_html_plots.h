/* The plots of the page of client/report/report_html.h. For one thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_HTML_PLOTS_H
#define COMMS_CLIENT_REPORT_REPORT_HTML_PLOTS_H

#include "client/measure/histogram.h"
#include "client/measure/result.h"
#include "shared/page/html.h"

/* Writes throughput and streams over the time of the run, which has an interval at least. */
void report_html_put_timeline(struct html *html, const struct result *result);

/*
 * Writes a histogram under its name and `what` it measures, both static; nothing if it is empty.
 */
void report_html_put_histogram(struct html *html, const char *name, const char *what,
                               const struct histogram *histogram);

/* The same for lateness: less than a microsecond is on time, and has a bar of its own. */
void report_html_put_lateness(struct html *html, const struct histogram *histogram);

#endif
