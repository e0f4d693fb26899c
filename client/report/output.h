/* Standard output, and whether it still takes what is printed. For one thread at a time. */
#ifndef COMMS_CLIENT_REPORT_OUTPUT_H
#define COMMS_CLIENT_REPORT_OUTPUT_H

#include <stdbool.h>

/* All zeroes: nothing has failed. */
struct output {
    bool has_failed;
};

/*
 * Writes out what was printed so far. False if this or an earlier flush failed: then there is no
 * point in going on. The first failure is told on standard error, and only that one.
 */
bool output_flush(struct output *output);

/* Says on standard error that `what` cannot be written, because of this error number. */
void output_complain(const char *what, int error);

#endif
