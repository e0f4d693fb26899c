/*
 * The result as one HTML page that needs nothing else: no script, no font, no picture from
 * elsewhere; plots are SVG within. For a phone, a wide window, and print. For one thread.
 */
#ifndef COMMS_CLIENT_REPORT_REPORT_HTML_H
#define COMMS_CLIENT_REPORT_REPORT_HTML_H

#include "client/measure/result.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes the page. False with errno set where that failed. */
bool report_html_write(const struct result *result, FILE *file);

#endif
