/* The client's command line. */
#ifndef COMMS_CLIENT_OPTIONS_OPTIONS_H
#define COMMS_CLIENT_OPTIONS_OPTIONS_H

#include "client/measure/bounds.h"
#include "shared/base/options.h"
#include "shared/base/uuid.h"

#include <stdbool.h>
#include <stdint.h>

enum client_mode {
    CLIENT_STATELESS,
    CLIENT_STATEFUL,
    CLIENT_STATEFUL_TEST,          /* the original's uuid and five numbers */
    CLIENT_STATEFUL_TEST_RECONNECT /* the same, after a message whose value is known */
};

enum {
    TARGET_SIZE = 300,
    STREAMS_A_CONNECTION = 100 /* --connections auto: what the usual proxies let through */
};

/* --chaos: breaks that the client makes itself. */
struct chaos_options {
    int64_t cut_ns;        /* the mean time between two breaks, over all connections; 0: none */
    double stall_fraction; /* of the breaks, how many are a silence and not a cut: 0 to 1 */
    uint64_t seed;
};

struct client_options {
    enum client_mode mode;
    uint64_t port;
    char target[TARGET_SIZE]; /* for C core */
    struct uuid uuid; /* stateful modes with one stream; each other session has a random one */
    uint32_t n;       /* numbers a session; with n_fits of the first ones */
    bool n_fits;      /* a session has as many as come in what is left of the duration */
    uint32_t last;    /* CLIENT_STATEFUL_TEST_RECONNECT */
    int64_t retry_timeout_ns;
    int64_t stall_timeout_ns;
    bool quiet;

    unsigned streams;
    unsigned connections;
    int64_t duration_ns; /* 0: one session a stream */
    int64_t ramp_ns;
    int64_t warmup_ns;
    int64_t interval_ns;     /* the server's pace; 0: full speed, and nothing is late */
    int64_t max_lateness_ns; /* more of it is a violation; CLOCK_NEVER: none is */
    struct chaos_options chaos;

    int64_t report_every_ns;
    const char *json_file; /* NULL: none */
    const char *html_file;
    bool json_stream;
    struct bounds bounds;
};

/* Fills *options from the command line; says what is wrong itself. */
enum options_result client_options_parse(struct client_options *options, int argc, char **argv);

/* Frees what client_options_parse made, also after it found something wrong. */
void client_options_cleanup(struct client_options *options);

/* As it is written on the command line; static. */
const char *client_mode_name(enum client_mode mode);

/* How many numbers come within this time, at the server's pace: what a session of it has, at
 * least 1. */
uint32_t client_options_n_within(const struct client_options *options, int64_t time_ns);

/* Whether the client works as the original does: one session, a line a number. */
bool client_options_are_plain(const struct client_options *options);

#endif
