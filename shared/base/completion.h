/*
 * What a shell completes of a command line: a script, written from the program's table of options,
 * so that it never lags behind. Options, the values of choices, and files where the value is named
 * FILE. For the main thread.
 */
#ifndef COMMS_SHARED_BASE_COMPLETION_H
#define COMMS_SHARED_BASE_COMPLETION_H

#include "shared/base/options.h"

/* The shells by name, for a row of kind OPTION_CHOICE. */
extern const char *const completion_shells[];

/* What a script is made of: whole tables, with the options that every program has. Nothing is
 * owned.
 */
struct completion {
    const char *program;
    const struct option_row *rows;
    size_t row_count;
    const char *command; /* the first word of another command line, of files; NULL: none */
    const struct option_row *command_rows;
    size_t command_row_count;
};

/* Prints the script for the shell `completion_shells[shell]`. */
void completion_print(const struct completion *completion, size_t shell);

#endif
