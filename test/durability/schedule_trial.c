#include "test/durability/schedule_trial.h"

#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "test/durability/cluster_load.h"
#include "test/durability/trial_cluster.h"
#include "test/faults/figures.h"

#include <check.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fault {
    SERVER_KILLED,     /* and restarted on its machine */
    SERVER_MOVED,      /* killed, and restarted as on another machine */
    SERVER_TERMINATED, /* by SIGTERM, and restarted */
    SERVER_STOPPED,    /* its process stands still */
    MEMBER_KILLED,
    MEMBER_STOPPED,
    FAULTS
};

/* A fault, and how long it lasts at most. */
static const struct kind {
    const char *whom;
    const char *what;
    bool is_of_server;
    unsigned max_ms;
} kinds[FAULTS] = {
    [SERVER_KILLED] = {"server", "killed and restarted", true, 1500},
    [SERVER_MOVED] = {"server", "killed and moved", true, 3000},
    [SERVER_TERMINATED] = {"server", "terminated and restarted", true, 500},
    [SERVER_STOPPED] = {"server", "stopped", true, 9000},
    [MEMBER_KILLED] = {"member of etcd", "killed and restarted", false, 2000},
    [MEMBER_STOPPED] = {"member of etcd", "stopped", false, 5000},
};

/* There are three servers and three members. One server serves at all times, and two members do. */
enum { EACH = 3, SERVERS_AWAY_MAX = 2, MEMBERS_AWAY_MAX = 1, PAUSE_MAX_MS = 1000 };

/* What a server or a member suffers until a time on the monotonic clock. */
struct patient {
    bool is_away;
    enum fault fault;
    int64_t until;
};

struct schedule {
    uint64_t random;
    struct trial_cluster cluster;
    struct cluster_load load;
    struct patient servers[EACH];
    struct patient members[EACH];
    unsigned faults;
};

uint64_t schedule_seed(void)
{
    const char *given = getenv("COMMS_SEED");
    if (given != NULL && *given != '\0') {
        return strtoull(given, NULL, 10);
    }
    const struct uuid uuid = uuid_random();
    uint32_t seed; /* short enough to be typed */
    memcpy(&seed, &uuid, sizeof seed);
    return seed;
}

/* splitmix64: below `limit`, which is small. */
static unsigned draw(struct schedule *schedule, unsigned limit)
{
    uint64_t z = schedule->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (unsigned)((z ^ z >> 31) % limit);
}

static int64_t now_ns(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

/* ---- One fault ------------------------------------------------------------------------------- */

static void begin_fault(struct schedule *schedule, enum fault fault, size_t i)
{
    struct server_cluster *servers = &schedule->cluster.servers;
    struct etcd_cluster *etcd = &schedule->cluster.etcd;
    switch (fault) {
    case SERVER_KILLED:
    case SERVER_MOVED:
        server_cluster_kill(servers, i);
        break;
    case SERVER_TERMINATED:
        server_cluster_terminate(servers, i);
        break;
    case SERVER_STOPPED:
        server_cluster_stop(servers, i);
        break;
    case MEMBER_KILLED:
        etcd_cluster_kill(etcd, i, SIGKILL);
        break;
    case MEMBER_STOPPED:
        etcd_cluster_stop(etcd, i);
        break;
    case FAULTS:
        break;
    }
}

static void heal(struct schedule *schedule, struct patient *patient, size_t i)
{
    struct server_cluster *servers = &schedule->cluster.servers;
    struct etcd_cluster *etcd = &schedule->cluster.etcd;
    patient->is_away = false;
    switch (patient->fault) {
    case SERVER_KILLED:
    case SERVER_MOVED:
    case SERVER_TERMINATED:
        server_cluster_restart(servers, i, patient->fault == SERVER_MOVED);
        break;
    case SERVER_STOPPED:
        server_cluster_go_on(servers, i);
        break;
    case MEMBER_KILLED:
        etcd_cluster_restart(etcd, i);
        break;
    case MEMBER_STOPPED:
        etcd_cluster_go_on(etcd, i);
        break;
    case FAULTS:
        break;
    }
}

/* ---- The schedule ---------------------------------------------------------------------------- */

static size_t count_away(const struct patient *patients)
{
    size_t away = 0;
    for (size_t i = 0; i < EACH; i++) {
        away += patients[i].is_away;
    }
    return away;
}

/* Draws a fault and whom it befalls; nothing happens if he is away, or too many others are. What is
 * drawn does not depend on that: the same seed draws the same. */
static void befall(struct schedule *schedule, int64_t began_at)
{
    const enum fault fault = (enum fault)draw(schedule, FAULTS);
    const struct kind *kind = &kinds[fault];
    const size_t i = draw(schedule, EACH);
    const unsigned ms = draw(schedule, kind->max_ms);
    struct patient *patients = kind->is_of_server ? schedule->servers : schedule->members;
    const size_t away_max = kind->is_of_server ? SERVERS_AWAY_MAX : MEMBERS_AWAY_MAX;
    if (patients[i].is_away || count_away(patients) >= away_max) {
        return;
    }
    figures_print("    %6.2f s: %s %zu %s, for %u ms\n", (double)(now_ns() - began_at) / NS_PER_S,
                  kind->whom, i, kind->what, ms);
    begin_fault(schedule, fault, i);
    patients[i] =
        (struct patient){.is_away = true, .fault = fault, .until = now_ns() + ms * NS_PER_MS};
    schedule->faults++;
}

/* Heals all whose time is over by then. */
static void heal_until(struct schedule *schedule, int64_t then)
{
    for (size_t i = 0; i < EACH; i++) {
        if (schedule->servers[i].is_away && schedule->servers[i].until <= then) {
            heal(schedule, &schedule->servers[i], i);
        }
        if (schedule->members[i].is_away && schedule->members[i].until <= then) {
            heal(schedule, &schedule->members[i], i);
        }
    }
}

static void run(struct schedule *schedule, unsigned seconds)
{
    const int64_t began_at = now_ns();
    const int64_t until = began_at + seconds * NS_PER_S;
    while (now_ns() < until) {
        befall(schedule, began_at);
        cluster_load_wait_until(&schedule->load,
                                now_ns() + draw(schedule, PAUSE_MAX_MS) * NS_PER_MS);
        heal_until(schedule, now_ns());
    }
    heal_until(schedule, INT64_MAX);
    etcd_cluster_await(&schedule->cluster.etcd);
}

void schedule_trial(uint64_t seed, unsigned seconds, unsigned streams)
{
    enum { MORE_S = 3 };
    struct schedule schedule = {.random = seed};
    char text[96];
    const struct trial_cluster_settings settings = {.interval = "200ms", .has_front = true};
    figures_print("  random faults: COMMS_SEED=%" PRIu64 " repeats them\n", seed);
    trial_cluster_start(&schedule.cluster, &settings);
    /* A CONTINUE may wait for 8.5 s, until the owner of its session was declared dead. */
    const struct cluster_load_settings load = {.port = schedule.cluster.servers.front_port,
                                               .streams = streams,
                                               .seconds = seconds + MORE_S,
                                               .numbers = 30,
                                               .interval = settings.interval,
                                               .stall_timeout = "10s"};
    cluster_load_start(&schedule.load, &load);
    run(&schedule, seconds);
    cluster_load_expect_proven(&schedule.load);
    snprintf(text, sizeof text, "%u random faults in %u s", schedule.faults, seconds);
    cluster_load_print(&schedule.load, text);
    cluster_load_cleanup(&schedule.load);
    trial_cluster_end(&schedule.cluster);
}
