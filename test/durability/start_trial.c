#include "test/durability/start_trial.h"

#include "shared/base/clock.h"
#include "test/durability/trial_cluster.h"
#include "test/faults/figures.h"
#include "test/kit/instrument.h"

#include <check.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SERVERS = 3 };

/* What a group of programs has used of the processors. */
enum group { OF_SERVERS, OF_ETCD, OF_CLIENTS, GROUPS };
static const char *const names[GROUPS] = {"servers", "etcd", "clients"};

/* Microseconds of CPU that a process has used, as /proc tells: the 14th and 15th field. */
static uint64_t cpu_us(const struct program *program)
{
    enum { US_PER_S = 1000000, BEFORE = 11 };
    char path[32];
    char text[1024];
    char *end;
    snprintf(path, sizeof path, "/proc/%d/stat", program_pid(program));
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    const char *at = strrchr(text, ')');
    for (int field = 0; at != NULL && field < BEFORE + 1; field++) {
        at = strchr(at + 1, ' ');
    }
    ck_assert_ptr_nonnull(at);
    const unsigned long user = strtoul(at, &end, 10);
    const unsigned long system = strtoul(end, NULL, 10);
    return (user + system) * (US_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void measure(const struct trial_cluster *cluster, struct program *const *clients,
                    uint64_t used[static GROUPS])
{
    memset(used, 0, GROUPS * sizeof *used);
    for (size_t i = 0; i < SERVERS; i++) {
        used[OF_SERVERS] += cpu_us(cluster->servers.servers[i].server.program);
        used[OF_ETCD] += cpu_us(cluster->etcd.members[i].program);
        used[OF_CLIENTS] += clients[i] == NULL ? 0 : cpu_us(clients[i]);
    }
}

static uint64_t sessions_of(const char *line)
{
    json_t *interval = json_loads(line, 0, NULL);
    const json_t *counts = json_object_get(interval, "counts");
    const json_t *number = json_object_get(counts, "sessions_started");
    ck_assert(json_is_integer(number));
    uint64_t result = (uint64_t)json_integer_value(number);
    json_decref(interval);
    return result;
}

/* What each client tells in the middle of its time. */
static uint64_t count_sessions(struct program *const *clients)
{
    uint64_t sessions = 0;
    for (size_t i = 0; i < SERVERS; i++) {
        sessions +=
            sessions_of(program_wait_line(clients[i], PROGRAM_STDOUT, "\"event\": \"interval\""));
    }
    return sessions;
}

void start_trial(unsigned seconds)
{
    struct trial_cluster cluster;
    struct program *clients[SERVERS] = {NULL};
    uint64_t before[GROUPS];
    uint64_t after[GROUPS];
    char every[16];
    const struct trial_cluster_settings settings = {.interval = "0"};
    snprintf(every, sizeof every, "%us", seconds);
    trial_cluster_start(&cluster, &settings);
    for (size_t i = 0; i < SERVERS; i++) {
        char port[8];
        char twice[16];
        snprintf(port, sizeof port, "%u", cluster.servers.servers[i].port);
        snprintf(twice, sizeof twice, "%us", 2 * seconds);
        clients[i] = program_start(programs_client_path(), "-p", port, "-m", "stateful", "-s",
                                   "200", "-c", "20", "-n", "1", "-d", twice, "--interval", "0",
                                   "--json-stream", "-", "--quiet", "--report-every", every, NULL);
        program_set_patience(clients[i], 4 * (int)seconds * 1000);
    }
    measure(&cluster, clients, before);
    const uint64_t sessions = count_sessions(clients);
    measure(&cluster, clients, after);
    figures_print("  session starts at three servers: %" PRIu64 " a second", sessions / seconds);
    for (int group = 0; group < GROUPS; group++) {
        figures_print(", %s %" PRIu64 " us", names[group],
                      (after[group] - before[group]) / (sessions == 0 ? 1 : sessions));
    }
    figures_print(" of CPU a start\n");
    for (size_t i = 0; i < SERVERS; i++) {
        instrument_expect_status(clients[i], INSTRUMENT_PROVEN);
        program_destroy(clients[i]);
    }
    ck_assert_uint_gt(sessions, 0);
    trial_cluster_end(&cluster);
}
