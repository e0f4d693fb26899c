/* The lists of the page of client/report/report_html.h: the plan and the key figures. For one
 * thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_HTML_FACTS_H
#define COMMS_CLIENT_REPORT_REPORT_HTML_FACTS_H

#include "client/measure/result.h"
#include "shared/page/html.h"

/* Writes when the run began. */
void report_html_put_began(struct html *html, const struct result *result);

/* Writes the plan, the length of the run and the exit status. */
void report_html_put_facts(struct html *html, const struct result *result);

/* Writes the key figures of the result. */
void report_html_put_figures(struct html *html, const struct result *result);

#endif
