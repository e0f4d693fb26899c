/* The table of the client's command line, and the structure that it fills. */
#ifndef COMMS_CLIENT_OPTIONS_OPTION_ROWS_H
#define COMMS_CLIENT_OPTIONS_OPTION_ROWS_H

#include "client/plan.h"
#include "shared/base/options.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Most rows write into the plan. The values beside the plan are checked against other options or
 * have their own notation: client/options/options.c completes the plan with them.
 */
struct client_options {
    struct plan plan;

    size_t mode;
    uint64_t port; /* 0: not given */
    uint64_t streams;
    uint64_t numbers; /* 0: not given */
    uint64_t size;    /* bytes */
    const char *host; /* a target to connect to; NULL: not given */
    bool ipv4;
    bool ipv6;
    size_t load_balancing;
    struct texts headers;
    const char *tls_server_name; /* NULL: not given */
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
