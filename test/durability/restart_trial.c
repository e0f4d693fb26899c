#include "test/durability/restart_trial.h"

#include "test/durability/cluster_load.h"
#include "test/durability/trial_cluster.h"
#include "test/faults/figures.h"

#include <check.h>

#include <inttypes.h>
#include <stdio.h>

struct trial {
    const struct restart_settings *settings;
    struct trial_cluster cluster;
    struct cluster_load load;
};

static void kill_each(struct trial *trial)
{
    struct server_cluster *servers = &trial->cluster.servers;
    for (size_t i = 0; i < servers->settings.servers; i++) {
        server_cluster_kill(servers, i);
        if (trial->settings->moves) {
            cluster_load_await_live(&trial->load);
        }
        server_cluster_restart(servers, i, trial->settings->moves);
        cluster_load_await_live(&trial->load);
    }
}

static void kill_all(struct trial *trial)
{
    struct server_cluster *servers = &trial->cluster.servers;
    for (size_t i = 0; i < servers->settings.servers; i++) {
        server_cluster_kill(servers, i);
    }
    for (size_t i = 0; i < servers->settings.servers; i++) {
        server_cluster_restart(servers, i, false);
    }
    cluster_load_await_live(&trial->load);
}

static void restart_each(struct trial *trial)
{
    struct server_cluster *servers = &trial->cluster.servers;
    for (size_t i = 0; i < servers->settings.servers; i++) {
        server_cluster_terminate(servers, i);
        server_cluster_restart(servers, i, false);
        cluster_load_await_live(&trial->load);
    }
}

static void describe(const struct restart_settings *settings, char text[static 128])
{
    snprintf(text, 128, "%u streams, three servers%s%s%s", settings->streams,
             !settings->kills  ? ""
             : settings->moves ? ", each killed and gone"
                               : ", each killed and restarted",
             settings->falls ? ", all killed at once" : "",
             settings->rolls ? ", each restarted in order" : "");
}

void restart_trial(const struct restart_settings *settings)
{
    struct trial trial = {.settings = settings};
    const struct trial_cluster_settings cluster = {.interval = settings->interval,
                                                   .has_front = true};
    char text[128];
    trial_cluster_start(&trial.cluster, &cluster);
    const struct cluster_load_settings load = {.port = trial.cluster.servers.front_port,
                                               .streams = settings->streams,
                                               .seconds = settings->seconds,
                                               .interval = settings->interval,
                                               .stall_timeout = "20s"};
    cluster_load_start(&trial.load, &load);
    cluster_load_await_live(&trial.load);
    if (settings->kills) {
        kill_each(&trial);
    }
    if (settings->falls) {
        kill_all(&trial);
    }
    if (settings->rolls) {
        restart_each(&trial);
    }
    cluster_load_expect_proven(&trial.load);
    describe(settings, text);
    cluster_load_print(&trial.load, text);
    const uint64_t p99_ms = cluster_load_resume_ms(&trial.load, "p99_ns");
    ck_assert_msg(p99_ms <= settings->resume_ms, "the p99 of the resumes is %" PRIu64 " ms",
                  p99_ms);
    cluster_load_cleanup(&trial.load);
    trial_cluster_end(&trial.cluster);
}
