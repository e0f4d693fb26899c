/* The server's command line. */
#ifndef COMMS_SERVER_OPTIONS_H
#define COMMS_SERVER_OPTIONS_H

#include "shared/base/options.h"

#include <stddef.h>
#include <stdint.h>

struct server_options {
    uint64_t port;
    size_t mode; /* enum mode */
    struct texts listen;
    int64_t interval_ns;
    int64_t session_timeout_ns;
    int64_t drain_timeout_ns;
    uint64_t max_numbers;
    uint64_t max_streams;
    uint64_t max_sessions;
    size_t log_level; /* enum log_level */
};

/* Fills *options from the environment and the command line; says what is wrong itself. */
enum options_result server_options_parse(struct server_options *options, int argc, char **argv);

void server_options_cleanup(struct server_options *options);

#endif
