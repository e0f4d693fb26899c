/* The style sheet of a report's page: shared/page/report.css, compiled in. For one thread. */
#ifndef COMMS_SHARED_PAGE_CSS_H
#define COMMS_SHARED_PAGE_CSS_H

#include "shared/page/html.h"

/* Writes the rules, without the element around them. */
void css_put_report(struct html *html);

#endif
