/* Standard output, and whether writing to it has failed. For one thread at a time. */
#ifndef COMMS_CLIENT_REPORT_OUTPUT_H
#define COMMS_CLIENT_REPORT_OUTPUT_H

#include <stdbool.h>

/* All zeroes: nothing has failed. */
struct output {
    bool is_closed_pipe; /* nobody reads standard output any more: no error to tell of */
    bool has_failed;
};

/*
 * Flushes standard output. False if this or an earlier flush failed: then the caller should end the
 * run. Only the first failure is reported on standard error.
 */
bool output_flush(struct output *output);

/* Whether standard output can be written to at all; if not, says so on standard error. */
bool output_is_open(void);

/* Says on standard error that the path of an option is another output's file, too. */
void output_complain_of_usage(const char *option, const char *path, const char *other);

/* Says on standard error that `what` cannot be written, because of this error number. */
void output_complain(const char *what, int error);

#endif
