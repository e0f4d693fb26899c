/* The client's command line. */
#ifndef COMMS_CLIENT_OPTIONS_H
#define COMMS_CLIENT_OPTIONS_H

#include "shared/options.h"
#include "shared/uuid.h"

#include <stdbool.h>
#include <stdint.h>

enum client_mode {
    CLIENT_STATELESS,
    CLIENT_STATEFUL,
    CLIENT_STATEFUL_TEST,          /* the original's uuid and five numbers */
    CLIENT_STATEFUL_TEST_RECONNECT /* the same, after a message whose value is known */
};

enum { TARGET_SIZE = 300 };

struct client_options {
    enum client_mode mode;
    uint64_t port;
    char target[TARGET_SIZE]; /* for C core */
    struct uuid uuid;         /* stateful modes */
    uint32_t n;
    uint32_t last; /* CLIENT_STATEFUL_TEST_RECONNECT */
    int64_t retry_timeout_ns;
    int64_t stall_timeout_ns;
    bool quiet;
};

/* Fills *options from the command line; says what is wrong itself. */
enum options_result client_options_parse(struct client_options *options, int argc, char **argv);

/* As it is written on the command line; static. */
const char *client_mode_name(enum client_mode mode);

#endif
