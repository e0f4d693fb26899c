/* The page /metrics. Takes the locks of the sources, one after the other. For any thread. */
#ifndef COMMS_SERVER_ADMIN_METRICS_H
#define COMMS_SERVER_ADMIN_METRICS_H

#include "server/admin/sources.h"

#include <stdio.h>

/* Writes all metrics in Prometheus's text format; failures stay in the file. */
void metrics_write(FILE *file, const struct admin_sources *sources);

/* Writes those that every gRPC server has, by go-grpc-prometheus's names. */
void metrics_write_grpc(FILE *file, const struct admin_sources *sources,
                        const struct counts *counts);

#endif
