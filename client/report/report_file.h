/*
 * A file that the result is written to: --json or --html. It is opened before the run, so that a
 * path that cannot be written is reported then; what was in it stays until the run begins. For the
 * main thread.
 */
#ifndef COMMS_CLIENT_REPORT_REPORT_FILE_H
#define COMMS_CLIENT_REPORT_REPORT_FILE_H

#include "client/measure/result.h"

#include <stdbool.h>
#include <stdio.h>

/* All zeroes: no file, which every function accepts. */
struct report_file {
    const char *path; /* not owned */
    FILE *file;
    bool is_new; /* report_file_open has created it */
};

/*
 * Opens the path (NULL: no file), and creates it if there is none. May wait, if it is a FIFO that
 * nobody reads yet. False if it failed; the reason is on standard error.
 */
bool report_file_open(struct report_file *file, const char *path);

/*
 * Whether it is the same regular file as the one that this descriptor leads to. A terminal, a pipe
 * and /dev/null may be shared.
 */
bool report_file_is(const struct report_file *file, int descriptor);

/* Empties it: the run begins. False if it failed; the reason is on standard error. */
bool report_file_begin(struct report_file *file);

/* Closes it as it was, because the run does not begin; removes it if it is new. */
void report_file_discard(struct report_file *file);

/* Writes the result with this function, and closes it. False if it failed; the reason is on
 * standard error. */
bool report_file_write(struct report_file *file, const struct result *result,
                       bool (*write)(const struct result *, FILE *));

#endif
