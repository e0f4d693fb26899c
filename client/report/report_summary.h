/* The lists at the head of the page that client/report/report_html.h describes. For one thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_SUMMARY_H
#define COMMS_CLIENT_REPORT_REPORT_SUMMARY_H

#include "client/measure/result.h"
#include "shared/page/html.h"

/* When the run began. */
void report_summary_put_began(struct html *html, const struct result *result);

/* What was run. */
void report_summary_put_facts(struct html *html, const struct result *result);

/* The key figures. */
void report_summary_put_figures(struct html *html, const struct result *result);

#endif
