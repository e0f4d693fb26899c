/* The style of the page that client/report/report_html.h describes. For one thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_STYLE_H
#define COMMS_CLIENT_REPORT_REPORT_STYLE_H

#include "client/report/html.h"

/* Writes the rules, without the element around them. */
void report_style_put(struct html *html);

#endif
