/* The options that name files to write, such as --json. For the main thread. */
#ifndef COMMS_CLIENT_OPTIONS_OUTPUT_OPTION_H
#define COMMS_CLIENT_OPTIONS_OUTPUT_OPTION_H

#include "client/plan.h"

#include <stdbool.h>

/* The path that stands for standard output. */
#define OUTPUT_STDOUT "-"

/*
 * The check of a path: what begins with a dash is taken for an option whose file was forgotten.
 * Returns NULL, or a static text that says what would be right.
 */
const char *output_option_check(const char *text);

enum { OUTPUT_OPTION_PROBLEM_SIZE = 128 };

/* Whether two options write to standard output; `problem` says which. */
bool output_option_find_contradiction(const struct plan *plan,
                                      char problem[static OUTPUT_OPTION_PROBLEM_SIZE]);

#endif
