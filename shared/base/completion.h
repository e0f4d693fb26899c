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

/* Prints the script for the shell `completion_shells[shell]`. `rows` is the whole table, with the
 * options that every program has. */
void completion_print(const char *program, const struct option_row *rows, size_t row_count,
                      size_t shell);

#endif
