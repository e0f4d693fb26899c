/*
 * What every program answers by its table of options: --help, --version, --completion. Prints on
 * standard output, without a flush. For the main thread.
 */
#ifndef COMMS_SHARED_BASE_OPTION_HELP_H
#define COMMS_SHARED_BASE_OPTION_HELP_H

#include "shared/base/options.h"

#include <stdbool.h>
#include <stddef.h>

enum { OPTION_ROWS_MAX = 64 }; /* of a table */

/* The options that every program has, behind its own. */
enum {
    OPTION_COMMON_HEADING,
    OPTION_COMMON_COMPLETION,
    OPTION_COMMON_HELP,
    OPTION_COMMON_VERSION,
    OPTION_COMMON_ROWS
};
extern const struct option_row option_common_rows[OPTION_COMMON_ROWS];

/* Whether a table has the row: the script of completion is that of the program, not of a command.
 */
bool option_common_has(const struct options *options, size_t row);

void option_help_print(const struct options *options);
void option_help_print_version(const struct options *options);
void option_help_print_completion(const struct options *options, size_t shell);

#endif
