/* The tables of the page that client/report/report_html.h describes. For one thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_TABLES_H
#define COMMS_CLIENT_REPORT_REPORT_TABLES_H

#include "client/measure/result.h"
#include "shared/page/html.h"

/* Each writes what the result has of it, or says in words that there is nothing. */
void report_tables_put_fail_on(struct html *html, const struct result *result);
void report_tables_put_violations(struct html *html, const struct result *result);
void report_tables_put_times(struct html *html, const struct result *result);
void report_tables_put_breaks(struct html *html, const struct result *result);
void report_tables_put_unfinished(struct html *html, const struct result *result);

#endif
