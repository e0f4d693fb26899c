/* The tables of the page of client/report/report_html.h. For one thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_HTML_TABLES_H
#define COMMS_CLIENT_REPORT_REPORT_HTML_TABLES_H

#include "client/measure/result.h"
#include "shared/page/html.h"

/* Each writes a table of what the result has; the caller leaves out what it has not. */
void report_html_put_conditions(struct html *html, const struct result *result);
void report_html_put_violations(struct html *html, const struct result *result);
void report_html_put_times(struct html *html, const struct result *result);
void report_html_put_addresses(struct html *html, const struct result *result);
void report_html_put_breaks(struct html *html, const struct result *result);
void report_html_put_failed_attempts(struct html *html, const struct result *result);
void report_html_put_unfinished(struct html *html, const struct result *result);

#endif
