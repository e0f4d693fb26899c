#include "test/durability/etcd_fault_trial.h"

#include "shared/base/clock.h"
#include "test/durability/cluster_load.h"
#include "test/durability/trial_cluster.h"
#include "test/faults/figures.h"
#include "test/kit/programs/held_calls.h"

#include <check.h>

#include <inttypes.h>
#include <signal.h>

/* The sessions last until the fault is over and the servers have found each other again. */
static const struct fault {
    const char *name;
    unsigned seconds;
    enum { GO_ON, MAY_END, END } streams;
    const char *refusal; /* of a START meanwhile; NULL: it is not refused */
} faults[] = {
    [ETCD_KILLED] = {"etcd's leader killed", 4, GO_ON, NULL},
    [ETCD_STOPPED] = {"etcd's leader stopped for 5 s", 7, GO_ON, NULL},
    [ETCD_FROZEN] = {"the disk of etcd's leader frozen for 12 s", 14, GO_ON, NULL},
    [ETCD_AWAY] = {"two members of etcd stopped for 8 s", 12, END,
                   "session store is not available"},
    [ETCD_FALLEN] = {"all members of etcd killed and restarted", 8, MAY_END, NULL},
    [ETCD_FULL] = {"etcd full for 8 s", 10, GO_ON, "session store is full"},
    [ETCD_EMPTIED] = {"etcd emptied", 4, END, NULL},
};

enum { STOPPED_MS = 5000, FROZEN_MS = 12000, AWAY_MS = TRIAL_DEATH_MS + 2000, QUOTA = 1 << 24 };

/* A server goes on for 5.4 s without etcd. On a machine that has much else to do, the members may
 * need about as long to elect a leader. */
#define LEADERLESS_MAX_NS (4 * NS_PER_S)

enum { TRIES = 3 };

bool etcd_fault_is_possible(enum etcd_fault fault)
{
    return fault != ETCD_FROZEN || held_calls_are_possible();
}

static int64_t now_ns(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

static void wait_ms(struct cluster_load *load, int64_t ms)
{
    cluster_load_wait_until(load, now_ns() + ms * NS_PER_MS);
}

/* A client is told at once why it cannot start a session. */
static void expect_refusal(const struct trial_cluster *cluster, const char *refusal)
{
    struct program *client = client_start(cluster->servers.servers[0].port, "-m", "stateful", "-n",
                                          "2", "--retry-timeout", "0", NULL);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    instrument_expect_text(client, PROGRAM_STDERR, refusal);
    program_destroy(client);
}

/* Lasts AWAY_MS, and asks for a session meanwhile. */
static void wait_away(const struct trial_cluster *cluster, struct cluster_load *load,
                      enum etcd_fault fault)
{
    const int64_t until = now_ns() + AWAY_MS * NS_PER_MS;
    expect_refusal(cluster, faults[fault].refusal);
    cluster_load_wait_until(load, until);
}

static void restart_all(struct etcd_cluster *etcd)
{
    for (size_t i = 0; i < etcd->settings.members; i++) {
        etcd_cluster_kill(etcd, i, SIGKILL);
    }
    for (size_t i = 0; i < etcd->settings.members; i++) {
        etcd_cluster_restart(etcd, i);
    }
}

static void stop_majority(struct trial_cluster *cluster, struct cluster_load *load, size_t first)
{
    const size_t other = (first + 1) % cluster->etcd.settings.members;
    etcd_cluster_stop(&cluster->etcd, first);
    etcd_cluster_stop(&cluster->etcd, other);
    wait_away(cluster, load, ETCD_AWAY);
    etcd_cluster_go_on(&cluster->etcd, first);
    etcd_cluster_go_on(&cluster->etcd, other);
}

/* Returns how long etcd had no leader. */
static int64_t kill_leader(struct etcd_cluster *etcd, size_t leader)
{
    const int64_t began_at = now_ns();
    etcd_cluster_kill(etcd, leader, SIGKILL);
    (void)etcd_cluster_leader(etcd);
    const int64_t took_ns = now_ns() - began_at;
    etcd_cluster_restart(etcd, leader);
    return took_ns;
}

/* The fault, and its end. Returns how long etcd had no leader, if the test has seen that. */
static int64_t break_etcd(struct trial_cluster *cluster, struct cluster_load *load,
                          enum etcd_fault fault)
{
    struct etcd_cluster *etcd = &cluster->etcd;
    const size_t leader = etcd_cluster_leader(etcd);
    int64_t leaderless_ns = 0;
    switch (fault) {
    case ETCD_KILLED:
        leaderless_ns = kill_leader(etcd, leader);
        break;
    case ETCD_STOPPED:
        etcd_cluster_stop(etcd, leader);
        wait_ms(load, STOPPED_MS);
        etcd_cluster_go_on(etcd, leader);
        break;
    case ETCD_FROZEN:
        etcd_cluster_freeze(etcd, leader);
        wait_ms(load, FROZEN_MS);
        etcd_cluster_thaw(etcd, leader);
        break;
    case ETCD_AWAY:
        stop_majority(cluster, load, leader);
        break;
    case ETCD_FALLEN:
        restart_all(etcd);
        break;
    case ETCD_FULL:
        etcd_cluster_fill(etcd);
        wait_away(cluster, load, fault);
        etcd_cluster_make_room(etcd);
        break;
    case ETCD_EMPTIED:
        etcd_cluster_delete(etcd, TRIAL_PREFIX);
        break;
    }
    etcd_cluster_await(etcd);
    return leaderless_ns;
}

/* Emptied: a session is proven to its end, or its client is told that it is gone. */
static void expect_proven_or_gone(struct cluster_load *load)
{
    const int status = cluster_load_wait_end(load);
    const uint64_t proven = instrument_number(load->result, "streams_proven");
    const uint64_t refused = instrument_number(load->result, "streams_refused");
    figures_print("  etcd emptied: %" PRIu64 " streams proven, %" PRIu64 " told NOT_FOUND\n",
                  proven, refused);
    ck_assert_uint_eq(instrument_count(load->result, "violations"), 0);
    ck_assert_uint_eq(proven + refused, load->streams);
    ck_assert_int_eq(status, refused == 0 ? INSTRUMENT_PROVEN : INSTRUMENT_REFUSED);
}

/* Whether sessions start and move again: some that are cut all the time. */
static void expect_service(const struct trial_cluster *cluster)
{
    struct program *client = client_start(
        cluster->servers.front_port, "-m", "stateful", "-s", "20", "-n", "10", "--interval",
        cluster->servers.settings.interval, "--chaos", "cut=500ms", "--quiet", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    program_destroy(client);
}

/* Proven, and whether streams broke; false: they did, but etcd had no leader for so long. */
static bool judge_breaks(struct cluster_load *load, const struct fault *fault,
                         int64_t leaderless_ns)
{
    cluster_load_expect_proven(load);
    cluster_load_print(load, fault->name);
    const uint64_t breaks = instrument_count(load->result, "breaks");
    if (fault->streams == END) {
        ck_assert_uint_ge(breaks, load->streams);
    } else if (fault->streams == GO_ON && leaderless_ns < LEADERLESS_MAX_NS) {
        ck_assert_uint_eq(breaks, 0);
    }
    return fault->streams != GO_ON || breaks == 0;
}

static bool try(enum etcd_fault fault, unsigned streams)
{
    struct trial_cluster cluster;
    struct cluster_load load;
    bool is_good = true;
    const struct trial_cluster_settings settings = {.interval = "100ms",
                                                    .has_front = true,
                                                    .has_disk = fault == ETCD_FROZEN,
                                                    .quota_bytes = fault == ETCD_FULL ? QUOTA : 0};
    trial_cluster_start(&cluster, &settings);
    const struct cluster_load_settings loaded = {.port = cluster.servers.front_port,
                                                 .streams = streams,
                                                 .seconds = faults[fault].seconds,
                                                 .interval = settings.interval,
                                                 .stall_timeout = "20s"};
    cluster_load_start(&load, &loaded);
    const int64_t leaderless_ns = break_etcd(&cluster, &load, fault);
    if (fault == ETCD_EMPTIED) {
        expect_proven_or_gone(&load);
    } else {
        is_good = judge_breaks(&load, &faults[fault], leaderless_ns);
    }
    expect_service(&cluster);
    cluster_load_cleanup(&load);
    trial_cluster_end(&cluster);
    return is_good;
}

void etcd_fault_trial(enum etcd_fault fault, unsigned streams)
{
    int tries = 1;
    while (!try(fault, streams)) {
        ck_assert_msg(++tries <= TRIES, "etcd has a new leader too late, %d times", TRIES);
    }
}
