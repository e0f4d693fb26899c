/*
 * The result as one HTML page that needs nothing else: no script, font or picture from elsewhere;
 * the plots are SVG within it. Made for phones, wide windows and paper. For one thread.
 */
#ifndef COMMS_CLIENT_REPORT_REPORT_HTML_H
#define COMMS_CLIENT_REPORT_REPORT_HTML_H

#include "client/measure/result.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes the page. False with errno set if that failed. */
bool report_html_write(const struct result *result, FILE *file);

#endif
