/*
 * What the client has to do. client/options fills it in from the command line before the run; every
 * room reads it, and nothing changes it during the run. Plain data.
 */
#ifndef COMMS_CLIENT_PLAN_H
#define COMMS_CLIENT_PLAN_H

#include "shared/base/target.h"
#include "shared/base/uuid.h"
#include "shared/tls/certificate_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum client_mode {
    CLIENT_STATELESS,
    CLIENT_STATEFUL,
    CLIENT_STATEFUL_TEST,          /* the session of the original client: its uuid, 5 numbers */
    CLIENT_STATEFUL_TEST_RECONNECT /* the same session, resumed after a message of known value */
};

enum { TARGET_URI_SIZE = 3 * TARGET_TEXT_SIZE }; /* a byte may be %-encoded */

/* --chaos: breaks that the client makes itself. */
struct chaos_plan {
    int64_t cut_ns;        /* mean time between two breaks, over all connections; 0: no breaks */
    double stall_fraction; /* share of the breaks that are silences, 0 to 1; others are cuts */
    uint64_t seed;         /* repeats the random times */
};

/* TLS to the server. */
struct tls_plan {
    bool is_on;
    bool skips_verification; /* --insecure-skip-verify: whoever answers is taken for the server */
    char name[TARGET_HOST_SIZE];    /* of the server, in its certificate; empty: it has none */
    bool overrides_name;            /* the name is --tls-server-name, not that of the target */
    struct certificate_paths paths; /* of `files`; not owned */
    struct certificate_set files;   /* owned */
};

/* A header that goes with each call. */
struct plan_header {
    char *name;           /* in lower case; owned */
    unsigned char *value; /* printable ASCII, or any bytes if the name ends in -bin; owned */
    size_t length;        /* of the value, bytes */
};

/* In the order given; all zeroes is an empty list. */
struct header_list {
    size_t count;
    struct plan_header *items; /* owned */
};

enum address_family { ADDRESS_ANY, ADDRESS_IPV4, ADDRESS_IPV6 };

/* How the server is reached, and what each call tells it. */
struct channel_plan {
    enum address_family family; /* of the server's addresses; others are not connected to */
    bool is_round_robin;        /* a connection is one to each address, and not to the first */
    struct header_list headers;
    const char *authority;  /* NULL: that of the target; not owned */
    const char *user_agent; /* before gRPC's own; NULL: nothing; not owned */
};

enum fail_on_relation { FAIL_ON_ABOVE, FAIL_ON_AT_LEAST, FAIL_ON_BELOW, FAIL_ON_AT_MOST };

/*
 * A condition of --fail-on, such as `resume_p99>2s`: the run fails if the result meets it, or if
 * the metric was not measured.
 */
struct fail_on {
    const char *text; /* as it was given; not owned */
    size_t metric;    /* index in the table of client/measure/fail_on.c */
    enum fail_on_relation relation;
    double limit; /* nanoseconds if the metric is a duration */
    bool or_none; /* a metric that was not measured passes */
};

/* Conditions in the order given; all zeroes is an empty list. */
struct fail_on_list {
    size_t count;
    struct fail_on *items; /* owned */
};

struct plan {
    /* The server, and the session. */
    enum client_mode mode;
    uint64_t port;                    /* of --host or --port; 0: a unix socket has none */
    enum target_kind target_kind;     /* a name to be looked up, or a literal address */
    char target[TARGET_TEXT_SIZE];    /* as it is shown: localhost:1337 */
    char target_uri[TARGET_URI_SIZE]; /* as C core takes it: dns:///localhost:1337 */
    struct tls_plan tls;
    struct channel_plan channel;
    struct uuid uuid; /* of a single stateful session; if there are more, each gets a random one */
    bool uuid_is_shared; /* the uuid is not random: other clients may know it, too */
    uint32_t n;          /* numbers of a session; with n_fits, of the first sessions */
    bool n_fits;         /* a session has as many numbers as fit in the time that is left */
    uint32_t size;       /* bytes of padding that each message must have; 0: none */
    uint32_t last;       /* CLIENT_STATEFUL_TEST_RECONNECT: the value of the last message */

    /* How many streams, and for how long. */
    unsigned streams;
    unsigned connections;
    int64_t duration_ns; /* sessions follow each other for this time; 0: one session a stream */
    int64_t ramp_ns;     /* time over which the streams start */

    /* What is measured. */
    int64_t interval_ns;    /* between numbers, until the server announces its own; 0: full speed */
    bool interval_is_given; /* by --interval: no announcement changes it */
    int64_t wish_ns;        /* --rate: the interval that the server is asked for; 0: its own */
    const char *rate;       /* --rate as it was given; NULL: not; not owned */
    int64_t max_lateness_ns; /* a number that is later is a violation; CLOCK_NEVER: no limit */
    int64_t warmup_ns;       /* left out of throughput and histograms */

    /* What happens when a stream breaks, and how the client breaks streams itself. */
    int64_t connect_timeout_ns; /* time for each address of the server to be connected */
    bool retries_connect;       /* waits for the first connection, too, for retry_timeout_ns */
    int64_t retry_timeout_ns;   /* time without a number after which a stream gives up */
    int64_t stall_timeout_ns; /* time without a message after which a stream is resumed; 0: never */
    bool stall_follows_interval; /* of a server that announces its own */
    struct chaos_plan chaos;

    /* What is printed and written, and what fails the run. */
    bool quiet;
    int64_t report_every_ns;
    const char *json_file; /* NULL: none; "-": standard output; not owned */
    const char *json_stream_file;
    const char *csv_file;
    const char *prometheus_file;
    const char *html_file;
    struct fail_on_list fail_on;
};

/* Frees what the plan owns; a plan of all zeroes owns nothing. */
void plan_cleanup(struct plan *plan);

/* Whether the run is a single session: one stream, and no duration for further sessions. */
bool plan_has_one_session(const struct plan *plan);

/*
 * Whether the client prints a line for each number, as the original client does. Not with
 * --json-stream, for whose reader the session is measured.
 */
bool plan_prints_numbers(const struct plan *plan);

/* With TLS: whether the server is verified, such as "with verification". Static. */
const char *plan_tls_words(const struct plan *plan);

/*
 * Whether the warm-up is known to last at least as long as all numbers come. It is not known at
 * full speed, nor how long breaks hold the numbers up.
 */
bool plan_warms_up_only(const struct plan *plan);

/* Numbers that come within this time at this interval, both in nanoseconds; at least 1. */
uint32_t plan_n_within(int64_t interval_ns, int64_t time_ns);

/* The modes as the command line names them, in the order of the enum; ends with NULL. */
extern const char *const client_mode_names[];

/* One of client_mode_names. */
const char *client_mode_name(enum client_mode mode);

#endif
