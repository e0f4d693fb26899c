#include "test/faults/load_trial.h"

#include "shared/base/clock.h"
#include "test/faults/footprint.h"
#include "test/kit/instrument.h"
#include "test/kit/programs.h"

#include <check.h>

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECONDS_DEFAULT = 120,
    AN_HOUR = 3600,
    PARTS = 3, /* of the time: in the first one the servers fill up, the others are compared */
    SAMPLES_A_PART = 20,
    SAMPLES = PARTS * SAMPLES_A_PART,
    SAMPLES_A_LINE = 5, /* of what is printed */
    ENDING_MS = 120000,

    /* By how much the last part may be above the one before it. */
    PERCENT = 5,
    MORE_KIB = 2 * KIB_IN_MIB,
    MORE_OTHERS = 8
};

/* The clients that run all the time, in sessions of a minute at most, because each break makes a
 * session end later. `server` is 0 for the stateful one, 1 for the stateless one.
 */
static const struct load {
    int server;
    const char *arguments[16];
} loads[] = {
    {0,
     {"-m", "stateful", "-s", "300", "-c", "30", "-n", "600", "--interval", "100ms", "--chaos",
      "cut=200ms,stall=10%", "--stall-timeout", "2s", NULL}},
    {0, {"-m", "stateful", "-s", "50", "-c", "10", "-n", "5", "--interval", "100ms", NULL}},
    {1,
     {"-m", "stateless", "-s", "50", "-c", "5", "-n", "30000", "--interval", "2ms", "--chaos",
      "cut=1s", NULL}},
};
enum { LOADS = sizeof loads / sizeof *loads, SERVERS = 2 };

enum measure { MEMORY, DESCRIPTORS, THREADS, MEASURES };
static const char *const server_names[SERVERS] = {"stateful", "stateless"};
static const char *const names[MEASURES] = {"KiB of memory", "descriptors", "threads"};

struct trial {
    struct server servers[SERVERS];
    struct program *clients[LOADS];
    struct program *abandoning; /* a client that is killed at the next sample */
    uint64_t sums[PARTS][SERVERS][MEASURES];
};

int load_trial_seconds(void)
{
    const char *hours = getenv("COMMS_HOURS");
    double seconds = hours == NULL ? 0 : strtod(hours, NULL) * AN_HOUR;
    return seconds >= 1 ? (int)seconds : SECONDS_DEFAULT;
}

static struct program *start_client(const struct trial *trial, const struct load *load,
                                    const char *duration)
{
    enum { MORE = 8 };
    char port[8];
    const char *words[sizeof load->arguments / sizeof *load->arguments + MORE] = {NULL};
    size_t count = 0;
    snprintf(port, sizeof port, "%u", trial->servers[load->server].port);
    for (; load->arguments[count] != NULL; count++) {
        words[count] = load->arguments[count];
    }
    const char *const more[] = {"-p", port, "-d", duration, "--retry-timeout", "1m", "--quiet"};
    memcpy(words + count, more, sizeof more);
    const struct program_spec spec = {.path = programs_client_path(), .arguments = words};
    return program_start_spec(&spec);
}

static void start(struct trial *trial, int seconds)
{
    char duration[16];
    snprintf(duration, sizeof duration, "%ds", seconds);
    trial->servers[0] = server_start("stateful", "--interval", "100ms", "--session-timeout", "10s",
                                     "--log-level", "warn", NULL);
    trial->servers[1] = server_start("stateless", "--interval", "2ms", "--log-level", "warn", NULL);
    for (int i = 0; i < LOADS; i++) {
        trial->clients[i] = start_client(trial, &loads[i], duration);
        program_set_patience(trial->clients[i], ENDING_MS);
    }
}

/* Sessions that nobody continues: their client is killed at the next sample. */
static void abandon_sessions(struct trial *trial)
{
    static const struct load load = {
        0, {"-m", "stateful", "-s", "50", "-c", "5", "--interval", "100ms", NULL}};
    program_destroy(trial->abandoning);
    trial->abandoning = start_client(trial, &load, "1h");
}

/* `number`: from 1 on. */
static void take_sample(struct trial *trial, int number, int64_t since_start_ns)
{
    const int part = (number - 1) / SAMPLES_A_PART;
    for (int i = 0; i < SERVERS; i++) {
        int pid = program_pid(trial->servers[i].program);
        uint64_t *sums = trial->sums[part][i];
        const uint64_t now[MEASURES] = {[MEMORY] = footprint_kib(pid),
                                        [DESCRIPTORS] = footprint_descriptors(pid),
                                        [THREADS] = footprint_threads(pid)};
        for (int m = 0; m < MEASURES; m++) {
            sums[m] += now[m];
        }
        if (number % SAMPLES_A_LINE == 0) {
            printf("  after %" PRId64 " s, %s server: %" PRIu64 " %s, %" PRIu64 " %s, %" PRIu64
                   " %s\n",
                   since_start_ns / NS_PER_S, server_names[i], now[MEMORY], names[MEMORY],
                   now[DESCRIPTORS], names[DESCRIPTORS], now[THREADS], names[THREADS]);
            fflush(stdout); /* it may take an hour until the next lines */
        }
    }
}

static void compare(const struct trial *trial)
{
    for (int i = 0; i < SERVERS; i++) {
        for (int m = 0; m < MEASURES; m++) {
            uint64_t before = trial->sums[PARTS - 2][i][m] / SAMPLES_A_PART;
            uint64_t after = trial->sums[PARTS - 1][i][m] / SAMPLES_A_PART;
            uint64_t limit =
                before + before * PERCENT / 100 + (m == MEMORY ? MORE_KIB : MORE_OTHERS);
            printf("  mixed load, %s server: %" PRIu64 " %s on average, then %" PRIu64 "\n",
                   server_names[i], before, names[m], after);
            ck_assert_msg(after <= limit, "more and more %s", names[m]);
        }
    }
}

void load_trial(int seconds)
{
    struct trial trial = {.abandoning = NULL};
    const int64_t began_at = clock_monotonic.now(&clock_monotonic);
    const int64_t step_ns = (seconds - 1) * NS_PER_S / SAMPLES;
    start(&trial, seconds);
    for (int i = 1; i <= SAMPLES; i++) {
        /* The last samples are taken while all clients still run. */
        const int64_t at = began_at + i * step_ns;
        for (int64_t left; (left = at - clock_monotonic.now(&clock_monotonic)) > 0;) {
            poll(NULL, 0, (int)(left / NS_PER_MS) + 1);
        }
        take_sample(&trial, i, i * step_ns);
        abandon_sessions(&trial);
    }
    program_destroy(trial.abandoning);
    for (int i = 0; i < LOADS; i++) {
        instrument_expect_status(trial.clients[i], INSTRUMENT_PROVEN);
        const char *verdict = strstr(program_output(trial.clients[i], PROGRAM_STDOUT), "PROVEN: ");
        printf("  mixed load, %d s: %s", seconds, verdict == NULL ? "no verdict\n" : verdict);
        program_destroy(trial.clients[i]);
    }
    compare(&trial);
    for (int i = 0; i < SERVERS; i++) {
        server_stop(&trial.servers[i]);
    }
}
