/*
 * What the trials of this folder attack: members of etcd, servers that share their sessions through
 * them, and haproxy in front. For the test's own thread.
 */
#ifndef COMMS_TEST_DURABILITY_TRIAL_CLUSTER_H
#define COMMS_TEST_DURABILITY_TRIAL_CLUSTER_H

#include "test/kit/etcd_cluster.h"
#include "test/kit/server_cluster.h"

#define TRIAL_PREFIX "comms"

/* The time after which a server that is away is declared dead, in ms: T of the store. */
enum { TRIAL_DEATH_MS = 6000 };

struct trial_cluster_settings {
    size_t servers; /* 0: three */
    const char *interval;
    bool has_front;
    bool has_disk;        /* as in etcd_cluster_settings */
    uint64_t quota_bytes; /* the same */
};

struct trial_cluster {
    struct etcd_cluster etcd;
    struct server_cluster servers;
    char place[ETCD_CLUSTER_PLACE_SIZE];
};

/* An unchecked fixture. */
void trial_cluster_set_up(void);
void trial_cluster_tear_down(void);

void trial_cluster_start(struct trial_cluster *trial,
                         const struct trial_cluster_settings *settings);
void trial_cluster_end(struct trial_cluster *trial);

#endif
