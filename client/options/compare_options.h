/* The command line of `comms-client compare`. For the main thread. */
#ifndef COMMS_CLIENT_OPTIONS_COMPARE_OPTIONS_H
#define COMMS_CLIENT_OPTIONS_COMPARE_OPTIONS_H

#include "client/plan.h"
#include "shared/base/options.h"

struct compare_options {
    const char *files[2];        /* A, B; of argv */
    const char *json_file;       /* NULL: none; "-": standard output */
    struct fail_on_list fail_on; /* of ratios; owned */
};

/* The description of the command line; static. */
extern const struct options compare_option_table;

/*
 * Reads the words behind `comms-client`, of which the first is `compare`. Prints the help, the
 * version or what is wrong. After OPTIONS_GO_ON the caller calls compare_options_cleanup.
 */
enum options_result compare_options_parse(int argc, char **argv, struct compare_options *options);

void compare_options_cleanup(struct compare_options *options);

#endif
