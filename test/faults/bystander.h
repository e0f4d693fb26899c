/*
 * An honest client beside an attack: some sessions on connections of their own, measured by
 * comms-client. For the test's own thread.
 */
#ifndef COMMS_TEST_FAULTS_BYSTANDER_H
#define COMMS_TEST_FAULTS_BYSTANDER_H

#include "test/kit/instrument.h"

/* The server's --interval, and its mode is stateful. */
#define BYSTANDER_INTERVAL    "10ms"
#define BYSTANDER_INTERVAL_NS (10 * NS_PER_MS)

struct bystander {
    struct program *client;
    char json[INSTRUMENT_PATH_SIZE];
};

/* p99 and maximum, in nanoseconds */
struct bystander_delays {
    int64_t gap_p99; /* from one number to the next */
    int64_t gap_max;
    int64_t late_p99; /* behind the time that the server's pace gives a number */
};

/* Starts it, and returns when all its sessions receive. `host`: as for --host. */
void bystander_start(struct bystander *bystander, const char *host, uint16_t port);

/* The same over TLS. `authority`: the file for --tls-ca; NULL: no TLS. */
void bystander_start_tls(struct bystander *bystander, const char *host, uint16_t port,
                         const char *authority);

/*
 * Ends it. The test fails unless each number came once and in its place, and no stream broke.
 * Prints the delays behind `what`.
 */
struct bystander_delays bystander_stop(struct bystander *bystander, const char *what);

/* What it measures within a second and a half, while nothing else happens. */
struct bystander_delays bystander_baseline(const char *host, uint16_t port);

#endif
