#include "test/durability/cluster_load.h"

#include "shared/base/clock.h"
#include "test/faults/figures.h"

#include <check.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* From one interval to the next it may be as long as a machine with much work needs. */
enum { PATIENCE_MS = 180000 };
#define LIVE_WITHIN_NS (90 * NS_PER_S)

static void start(struct cluster_load *load, const struct cluster_load_settings *settings,
                  unsigned seconds)
{
    char streams[16];
    char duration[16];
    char numbers[16];
    *load = (struct cluster_load){.streams = settings->streams};
    snprintf(streams, sizeof streams, "%u", settings->streams);
    snprintf(duration, sizeof duration, "%us", seconds);
    snprintf(numbers, sizeof numbers, "%u", settings->numbers);
    load->client =
        client_start(settings->port, "-m", "stateful", "-s", streams, "-d", duration, "--interval",
                     settings->interval, "--stall-timeout", settings->stall_timeout,
                     "--retry-timeout", "2m", "--json-stream", "-", "--quiet", "--report-every",
                     "100ms", settings->numbers == 0 ? NULL : "-n", numbers, NULL);
    program_set_patience(load->client, PATIENCE_MS);
}

/* The next line about an interval; NULL: the client has ended. To be freed by json_decref. */
static json_t *next_interval(struct cluster_load *load)
{
    const char *line = program_await_line(load->client, PROGRAM_STDOUT, "\"interval\"");
    json_t *interval = line == NULL ? NULL : json_loads(line, 0, NULL);
    ck_assert_msg(line == NULL || interval != NULL, "no JSON: %s", line);
    return interval;
}

static json_int_t number_of(const json_t *object, const char *name)
{
    const json_t *number = json_object_get(object, name);
    ck_assert_msg(json_is_integer(number), "the client tells no %s", name);
    return json_integer_value(number);
}

static int64_t now_ns(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

bool cluster_load_await_live(struct cluster_load *load)
{
    const int64_t until = now_ns() + LIVE_WITHIN_NS;
    for (json_int_t live = 0; live < load->streams;) {
        json_t *interval = next_interval(load);
        if (interval == NULL) {
            return false;
        }
        if (now_ns() > until) {
            program_fail(load->client, "it waits", "for live streams");
        }
        live = number_of(interval, "live");
        json_decref(interval);
    }
    return true;
}

void cluster_load_start(struct cluster_load *load, const struct cluster_load_settings *settings)
{
    enum { TIMES_MAX = 8 };
    unsigned times = 1;
    start(load, settings, settings->seconds);
    while (!cluster_load_await_live(load)) {
        cluster_load_expect_proven(load);
        cluster_load_cleanup(load);
        times *= 2;
        ck_assert_uint_le(times, TIMES_MAX);
        start(load, settings, times * settings->seconds);
    }
}

void cluster_load_wait_until(struct cluster_load *load, int64_t until)
{
    bool is_running = true;
    while (is_running && now_ns() < until) {
        json_t *interval = next_interval(load);
        is_running = interval != NULL;
        json_decref(interval);
    }
}

int cluster_load_wait_end(struct cluster_load *load)
{
    const int status = program_wait_exit(load->client);
    const char *end = strstr(program_output(load->client, PROGRAM_STDOUT), "{\"event\": \"end\"");
    if (end == NULL) {
        program_fail(load->client, "no result at its end", "");
    }
    load->result = json_loads(end, 0, NULL);
    ck_assert_ptr_nonnull(load->result);
    return status;
}

/* What went wrong, in the client's words. */
_Noreturn static void give_up(const struct cluster_load *load)
{
    const json_t *end = json_object_get(load->result, "end");
    char *violations = json_dumps(json_object_get(end, "violations"), JSON_COMPACT);
    char *unfinished = json_dumps(json_object_get(end, "unfinished"), JSON_COMPACT);
    figures_print("  %s\n  violations: %.1000s\n  unfinished: %.3000s\n",
                  json_string_value(json_object_get(end, "proof")), violations, unfinished);
    program_fail(load->client, "not proven", "");
}

void cluster_load_expect_proven(struct cluster_load *load)
{
    if (cluster_load_wait_end(load) != INSTRUMENT_PROVEN) {
        give_up(load);
    }
    ck_assert_uint_ge(instrument_number(load->result, "streams_proven"), load->streams);
    ck_assert_uint_eq(instrument_number(load->result, "received"),
                      instrument_number(load->result, "expected"));
    ck_assert_uint_eq(instrument_count(load->result, "violations"), 0);
}

static const json_t *resumes_of(const struct cluster_load *load)
{
    const json_t *end = json_object_get(load->result, "end");
    return json_object_get(json_object_get(end, "histograms"), "resume");
}

uint64_t cluster_load_resume_ms(const struct cluster_load *load, const char *percentile)
{
    return (uint64_t)(number_of(resumes_of(load), percentile) / NS_PER_MS);
}

void cluster_load_print(const struct cluster_load *load, const char *what)
{
    const json_t *proof = json_object_get(json_object_get(load->result, "end"), "proof");
    const json_int_t count = number_of(resumes_of(load), "count");
    figures_print("  %s: %lld resumes", what, (long long)count);
    if (count > 0) {
        figures_print(", p50 %" PRIu64 " ms, p99 %" PRIu64 " ms, max %" PRIu64 " ms",
                      cluster_load_resume_ms(load, "p50_ns"),
                      cluster_load_resume_ms(load, "p99_ns"),
                      cluster_load_resume_ms(load, "max_ns"));
    }
    figures_print("; %s\n", json_string_value(proof));
}

void cluster_load_cleanup(struct cluster_load *load)
{
    json_decref(load->result);
    program_destroy(load->client);
}
