/* A comparison for people, on standard output: 80 columns wide. For one thread. */
#ifndef COMMS_CLIENT_COMPARE_COMPARISON_TEXT_H
#define COMMS_CLIENT_COMPARE_COMPARISON_TEXT_H

#include "client/compare/comparison.h"

#include <stdio.h>

/* Prints the runs, a line for each metric that one of them measured, and the conditions. It does
 * not flush. */
void comparison_text_print(const struct comparison *comparison, const struct fail_on_list *fail_on);

/* Prints the notes, each as a warning of the program. */
void comparison_text_warn(const struct comparison *comparison, FILE *file);

#endif
