/*
 * The rows of the client's command line, and what they are read into, before
 * client/options/options.c puts it together.
 */
#ifndef COMMS_CLIENT_OPTIONS_OPTION_ROWS_H
#define COMMS_CLIENT_OPTIONS_OPTION_ROWS_H

#include "shared/base/options.h"

#include <stdbool.h>
#include <stdint.h>

struct raw_options {
    size_t mode;
    uint64_t port;
    const char *host;
    const char *uuid;
    uint64_t numbers; /* 0: not given */
    int64_t retry_timeout_ns;
    int64_t stall_timeout_ns;
    bool quiet;
    uint64_t streams;
    const char *connections;
    int64_t duration_ns;
    int64_t ramp_ns;
    int64_t warmup_ns;
    int64_t interval_ns;
    int64_t max_lateness_ns;
    const char *chaos;
    const char *seed;
    int64_t report_every_ns;
    const char *json_file;
    const char *html_file;
    bool json_stream;
    struct texts fail_on;
    const char *operand; /* the word after the options, or NULL */
};

/* The command line's description; static. */
extern const struct options client_option_table;

/* As they are written on the command line, in the order of enum client_mode; ends with NULL. */
extern const char *const client_mode_names[];

#endif
