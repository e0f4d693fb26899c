#include "test/faults/bystander.h"

#include "shared/base/clock.h"
#include "test/faults/figures.h"

#include <check.h>

#include <signal.h>
#include <stdio.h>

enum { INTERRUPTED = 130 };

void bystander_start(struct bystander *bystander, const char *host, uint16_t port)
{
    bystander_start_tls(bystander, host, port, NULL);
}

void bystander_start_tls(struct bystander *bystander, const char *host, uint16_t port,
                         const char *authority)
{
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    instrument_make_file(bystander->json);
    bystander->client =
        program_start(programs_client_path(), "--host", host, "-p", number, "-m", "stateful",
                      "--streams", "20", "--connections", "4", "--interval", BYSTANDER_INTERVAL,
                      "--duration", "1h", "--report-every", "200ms", "--json", bystander->json,
                      authority == NULL ? NULL : "--tls-ca", authority, NULL);
    program_wait_line(bystander->client, PROGRAM_STDOUT, "        20         0  ");
}

static int64_t delay(json_t *result, const char *histogram, const char *name)
{
    json_t *histograms = json_object_get(json_object_get(result, "end"), "histograms");
    json_t *number = json_object_get(json_object_get(histograms, histogram), name);
    ck_assert_msg(json_is_integer(number), "no %s of %s", name, histogram);
    return json_integer_value(number);
}

struct bystander_delays bystander_stop(struct bystander *bystander, const char *what)
{
    static const char *const counts[] = {"breaks",    "lost",    "repeated",
                                         "reordered", "corrupt", "violations"};
    program_signal(bystander->client, SIGINT);
    instrument_expect_status(bystander->client, INTERRUPTED);
    program_destroy(bystander->client);
    json_t *result = instrument_read_json(bystander->json);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const uint64_t count = instrument_count(result, counts[i]);
        ck_assert_msg(count == 0, "%s: others had %d %s", what, (int)count, counts[i]);
    }
    const struct bystander_delays delays = {.gap_p99 = delay(result, "gap", "p99_ns"),
                                            .gap_max = delay(result, "gap", "max_ns"),
                                            .late_p99 = delay(result, "late", "p99_ns")};
    json_decref(result);
    figures_print("%s: others' gap p99 %.1f ms, max %.1f ms, late p99 %.1f ms\n", what,
                  (double)delays.gap_p99 / NS_PER_MS, (double)delays.gap_max / NS_PER_MS,
                  (double)delays.late_p99 / NS_PER_MS);
    return delays;
}

struct bystander_delays bystander_baseline(const char *host, uint16_t port)
{
    struct bystander bystander;
    bystander_start(&bystander, host, port);
    for (int i = 0; i < 5; i++) {
        program_wait_line(bystander.client, PROGRAM_STDOUT, "  ok");
    }
    return bystander_stop(&bystander, "alone");
}
