/*
 * A file that the result is written to, such as that of --json; `-` is standard output. It is
 * opened before the run, so that a path that cannot be written is reported then; what was in it
 * stays until the run begins, or until the new content replaces it. For the main thread.
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
    bool is_new;         /* report_file_open has created it */
    bool is_stdout;      /* the path is - */
    bool is_replaced;    /* a file beside it is written, and renamed to it; `file` is NULL */
    bool has_failed;     /* to be written; told on standard error, unless is_closed_pipe */
    bool is_closed_pipe; /* nobody reads standard output any more: no error to tell of */
};

/*
 * Opens the path (NULL: no file), and creates it if there is none. May wait, if it is a FIFO that
 * nobody reads yet. False if it failed; the reason is on standard error.
 *
 * The path - takes standard output over: from then on, stdout of the process writes to standard
 * error.
 */
bool report_file_open(struct report_file *file, const char *path);

/*
 * The same for a file that others read at any time, who must see the old content or the new, whole:
 * it is replaced at the end. What is no regular file, such as a FIFO or a symbolic link to nothing,
 * is written as others are.
 */
bool report_file_open_replaced(struct report_file *file, const char *path);

/*
 * Whether it is the same regular file as the one that this descriptor leads to. A terminal, a pipe
 * and /dev/null may be shared.
 */
bool report_file_is(const struct report_file *file, int descriptor);

/* Empties it: the run begins. False if it failed; the reason is on standard error. */
bool report_file_begin(struct report_file *file);

/*
 * Flushes what was written to `file->file` while the run goes on; `good`: the writing did not fail,
 * otherwise errno says why. False if this or an earlier flush failed; the first is told.
 */
bool report_file_flush(struct report_file *file, bool good);

/* Closes it as it was, because the run does not begin; removes it if it is new. */
void report_file_discard(struct report_file *file);

/* Writes the result with this function (NULL: nothing more), and closes it. False if this or an
 * earlier write failed; the reason is on standard error. */
bool report_file_write(struct report_file *file, const struct result *result,
                       bool (*write)(const struct result *, FILE *));

#endif
