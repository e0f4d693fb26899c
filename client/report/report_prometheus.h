/*
 * The result in Prometheus's text format, for the textfile collector of node_exporter. For one
 * thread.
 */
#ifndef COMMS_CLIENT_REPORT_REPORT_PROMETHEUS_H
#define COMMS_CLIENT_REPORT_REPORT_PROMETHEUS_H

#include "client/measure/result.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Writes the metrics of the run, each with the label `target`. They are gauges, because the next
 * run begins at 0; times are summaries, without quantiles if there was no such time. False with
 * errno set if the write failed.
 */
bool report_prometheus_write(const struct result *result, FILE *file);

#endif
