/*
 * What is told of many streams: a line an interval, and at the end what they prove; as text or as
 * JSON on standard output, and in the files that were asked for. For one thread.
 */
#ifndef COMMS_CLIENT_REPORT_SUMMARY_H
#define COMMS_CLIENT_REPORT_SUMMARY_H

#include "client/measure/result.h"

#include <stdbool.h>

/*
 * Opens the files, so that a path that cannot be written is known before the run, and says what is
 * about to be done (but for a plain session, which has lines of its own). False: the reason was
 * said.
 */
bool summary_begin(const struct plan *plan);

/* Prints an interval. False where that failed: the reason was said. */
bool summary_interval(const struct sample *sample, const struct sample *previous);

/* Prints what came of it and writes the files. False where that failed: the reasons were said. */
bool summary_end(const struct result *result);

#endif
