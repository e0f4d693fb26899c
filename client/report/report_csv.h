/* The intervals of a run as CSV (RFC 4180: lines end with CR LF). For one thread. */
#ifndef COMMS_CLIENT_REPORT_REPORT_CSV_H
#define COMMS_CLIENT_REPORT_REPORT_CSV_H

#include "client/measure/result.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Each function returns false with errno set if the write failed. None flushes the file.
 */

/* Writes the names of the columns. */
bool report_csv_write_header(FILE *file);

/*
 * Writes the row of an interval; `previous` is NULL at the first. Streams are counted at its end,
 * everything else within it. `lost` is negative when numbers came that had been counted as lost, so
 * the sum of a column is the count of the run.
 */
bool report_csv_write_sample(const struct sample *sample, const struct sample *previous,
                             FILE *file);

#endif
