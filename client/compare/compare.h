/*
 * `comms-client compare A.json B.json`: reads two results, says what got better or worse, and fails
 * a pipeline by --fail-on.
 *
 * run_file reads a result back, comparison holds two of them against each other, and
 * comparison_text and comparison_json tell of it. The room knows options, report and measure, but
 * no run. For the main thread.
 */
#ifndef COMMS_CLIENT_COMPARE_COMPARE_H
#define COMMS_CLIENT_COMPARE_COMPARE_H

#include <stdbool.h>

/* Whether the command line of the program is one of compare. */
bool compare_is_meant(int argc, char **argv);

/* Does it. Returns the exit status. */
int compare_run(int argc, char **argv);

#endif
