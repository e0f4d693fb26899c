/* The rows of the client's command line, and what they are read into. */
#ifndef COMMS_CLIENT_OPTIONS_OPTION_ROWS_H
#define COMMS_CLIENT_OPTIONS_OPTION_ROWS_H

#include "client/plan.h"
#include "shared/base/options.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Most rows write into the plan itself. What is checked against other options, or has a notation of
 * its own, waits beside it for client/options/options.c.
 */
struct client_options {
    struct plan plan;

    size_t mode;
    uint64_t streams;
    uint64_t numbers; /* 0: not given */
    const char *host;
    const char *uuid;
    const char *connections;
    const char *chaos;
    const char *seed;
    struct texts fail_on;
    const char *operand; /* the word after the options, N or LAST; NULL: none */
};

/* The description of the command line; static. */
extern const struct options client_option_table;

#endif
