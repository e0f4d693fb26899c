#include "test/faults/cut_trial.h"

#include "test/kit/fault_proxy/fault_proxy.h"
#include "test/kit/instrument.h"
#include "test/kit/loopback.h"
#include "test/kit/programs.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A proxy serves 64 connections at a time. */
enum { STREAMS_MAX = 50, CUTS_A_STREAM = 2, CLIENT_BYTES = 331, PATIENCE_MS = 600000 };

/* The streams of one kind. A cut comes at one of these messages, or after one of these bytes,
 * and each stream has that many numbers for each of its cuts. */
static const struct kind {
    const char *mode;
    const char *interval;
    unsigned messages;
    unsigned bytes;
    unsigned numbers_a_cut;
} kinds[] = {{"stateful", "5ms", 13, 500, 14},
             {"stateful", "0", 401, 8000, 500},
             {"stateless", "5ms", 13, 500, 14},
             {"stateless", "0", 401, 8000, 500}};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static const enum fault_kind faults[] = {FAULT_CUT, FAULT_RESET, FAULT_HALF_CLOSE};
enum { FAULT_COUNT = sizeof faults / sizeof *faults };

struct run {
    struct server server;
    struct fault_proxy *proxy;
    struct program *client;
    unsigned cuts;
    unsigned streams;
    unsigned numbers; /* of a stream */
    char json[INSTRUMENT_PATH_SIZE];
};

/* Cut i: behind or before a message, inside the bytes from the server or from the client. The
 * factors have no common divisor with the ranges: each place comes in turn, in no order, by each
 * fault. */
static struct fault plan_fault(const struct kind *kind, unsigned i)
{
    enum { WAYS = 5 };
    static const enum fault_unit units[WAYS] = {FAULT_AFTER_MESSAGES, FAULT_BEFORE_MESSAGE,
                                                FAULT_AFTER_BYTES, FAULT_AFTER_BYTES,
                                                FAULT_AFTER_BYTES};
    const unsigned way = i % WAYS;
    const unsigned turn = i / WAYS;
    struct fault fault = {.kind = faults[i % FAULT_COUNT], .unit = units[way]};
    if (fault.unit != FAULT_AFTER_BYTES) {
        fault.amount = 1 + turn * 7 % kind->messages;
    } else if (way == WAYS - 1) {
        fault.from_client = true;
        fault.amount = turn * 89 % CLIENT_BYTES;
    } else {
        fault.amount = (turn * 2 + way) * 89 % kind->bytes;
    }
    return fault;
}

static void start_proxy(struct run *run, const struct kind *kind)
{
    struct fault *plan = calloc(run->cuts + 1, sizeof *plan);
    ck_assert_ptr_nonnull(plan);
    for (unsigned i = 0; i < run->cuts; i++) {
        plan[i] = plan_fault(kind, i);
    }
    const struct fault_proxy_options options = {
        .target = loopback_address(run->server.port), .plan = plan, .plan_length = run->cuts};
    run->proxy = fault_proxy_start(&options);
    ck_assert_ptr_nonnull(run->proxy);
    free(plan);
}

static void start(struct run *run, const struct kind *kind, unsigned cuts)
{
    char numbers[16];
    char streams[16];
    run->cuts = cuts;
    run->streams = cuts < STREAMS_MAX * CUTS_A_STREAM ? cuts / CUTS_A_STREAM : STREAMS_MAX;
    run->numbers = (cuts / run->streams + 1) * kind->numbers_a_cut;
    run->server = server_start(kind->mode, "--interval", kind->interval, "--log-level", "warn",
                               "--session-timeout", "1h", NULL);
    start_proxy(run, kind);
    instrument_make_file(run->json);
    snprintf(numbers, sizeof numbers, "%u", run->numbers);
    snprintf(streams, sizeof streams, "%u", run->streams);
    run->client = client_start(fault_proxy_port(run->proxy), "-m", kind->mode, "-s", streams, "-c",
                               streams, "-n", numbers, "--interval", kind->interval,
                               "--retry-timeout", "1h", "--quiet", "--json", run->json, NULL);
    program_set_patience(run->client, PATIENCE_MS);
}

static unsigned finish(struct run *run, const struct kind *kind)
{
    uint64_t expected = (uint64_t)run->streams * run->numbers;
    instrument_expect_status(run->client, INSTRUMENT_PROVEN);
    instrument_expect_verdict(run->client, "PROVEN: ");
    json_t *result = instrument_read_json(run->json);
    ck_assert_uint_eq(instrument_number(result, "streams_proven"), run->streams);
    ck_assert_uint_eq(instrument_number(result, "expected"), expected);
    ck_assert_uint_eq(instrument_number(result, "received"), expected);
    ck_assert_uint_eq(instrument_count(result, "violations"), 0);
    unsigned made = fault_proxy_faults_made(run->proxy);
    printf("  cuts: %s, interval %s: %u of %u cuts made, %llu numbers, each right and once\n",
           kind->mode, kind->interval, made, run->cuts, (unsigned long long)expected);
    json_decref(result);
    program_destroy(run->client);
    fault_proxy_stop(run->proxy);
    server_stop(&run->server);
    return made;
}

void cut_trial(unsigned cuts)
{
    struct run runs[KIND_COUNT] = {0};
    unsigned made = 0;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        start(&runs[i], &kinds[i], cuts / KIND_COUNT);
    }
    for (size_t i = 0; i < KIND_COUNT; i++) {
        made += finish(&runs[i], &kinds[i]);
    }
    ck_assert_msg(made >= cuts / 10 * 9, "only %u of %u cuts were made", made, cuts);
}
