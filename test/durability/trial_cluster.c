#include "test/durability/trial_cluster.h"

enum { SERVERS = 3 };

void trial_cluster_set_up(void)
{
    etcd_cluster_set_up();
    server_cluster_set_up();
}

void trial_cluster_tear_down(void)
{
    server_cluster_tear_down();
    etcd_cluster_tear_down();
}

void trial_cluster_start(struct trial_cluster *trial, const struct trial_cluster_settings *settings)
{
    const struct etcd_cluster_settings etcd = {.has_disk = settings->has_disk,
                                               .quota_bytes = settings->quota_bytes};
    etcd_cluster_start(&trial->etcd, &etcd);
    etcd_cluster_place(&trial->etcd, TRIAL_PREFIX, trial->place);
    const struct server_cluster_settings servers = {
        .servers = settings->servers == 0 ? SERVERS : settings->servers,
        .store = trial->place,
        .interval = settings->interval,
        .has_front = settings->has_front};
    server_cluster_start(&trial->servers, &servers);
}

void trial_cluster_end(struct trial_cluster *trial)
{
    server_cluster_end(&trial->servers);
    etcd_cluster_end(&trial->etcd);
}
