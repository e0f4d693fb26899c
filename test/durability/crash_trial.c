#include "test/durability/crash_trial.h"

#include "test/durability/store_server.h"
#include "test/kit/instrument.h"

#include <check.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE_MS = 1000000, LIFE_MAX_MS = 300 };

static void start(struct store_server *store)
{
    store_server_start(store, "--interval", "100ms", "--max-streams", "30000", "--session-timeout",
                       "10m", "--log-level", "warn", NULL);
}

/* The moments of a killed server are random on purpose: poll waits for nothing else. */
static void live(unsigned *seed)
{
    (void)poll(NULL, 0, (int)((unsigned)rand_r(seed) % LIFE_MAX_MS));
}

void crash_trial(unsigned kills, unsigned streams, unsigned numbers, unsigned seed)
{
    char path[INSTRUMENT_PATH_SIZE];
    char count[16];
    char length[16];
    struct store_server store;
    printf("crashes: %u kills, %u streams, seed %u\n", kills, streams, seed);
    store_server_make(&store);
    start(&store);
    instrument_make_file(path);
    snprintf(count, sizeof count, "%u", streams);
    snprintf(length, sizeof length, "%u", numbers);
    struct program *client = client_start(
        store.server.port, "-m", "stateful", "-s", count, "-c", "10", "-n", length, "--interval",
        "100ms", "--retry-timeout", "5m", "--stall-timeout", "1m", "--json", path, NULL);
    program_set_patience(client, PATIENCE_MS);
    /* A run ends at once if its first connection is refused: from now on it has one. */
    program_wait_line(client, PROGRAM_STDOUT, "the server is ");
    for (unsigned kill = 0; kill < kills; kill++) {
        live(&seed);
        server_kill(&store.server);
        start(&store);
    }
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_verdict(client, "PROVEN: ");
    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(instrument_number(result, "streams_proven"), streams);
    ck_assert_uint_eq(instrument_number(result, "received"), (uint64_t)streams * numbers);
    ck_assert_uint_eq(instrument_count(result, "violations"), 0);
    ck_assert_uint_ge(instrument_count(result, "resumes"), kills);
    json_decref(result);
    program_destroy(client);
    server_stop(&store.server);
    store_server_remove(&store);
}
