#include "test/durability/claim_trial.h"

#include "test/durability/trial_cluster.h"
#include "test/faults/guest.h"
#include "test/faults/take_over_trial.h"

/* The session changes its server up to a hundred times in a round, one after the other. */
#define STATUS_AT_THREE_NS (10 * STATUS_WITHIN_NS)

void claim_trial(unsigned rounds)
{
    struct trial_cluster cluster;
    uint16_t ports[SERVER_CLUSTER_MAX];
    const struct trial_cluster_settings settings = {.interval = "20ms"};
    trial_cluster_start(&cluster, &settings);
    for (size_t i = 0; i < cluster.servers.settings.servers; i++) {
        ports[i] = cluster.servers.servers[i].port;
    }
    take_over_rounds(ports, cluster.servers.settings.servers, rounds, STATUS_AT_THREE_NS);
    trial_cluster_end(&cluster);
}
