/*
 * Members of a real etcd on 127.0.0.1, one cluster. They are programs under test
 * (test/kit/programs.h), with the same rules for waiting and ending. Their data and their log are
 * in a scratch folder.
 *
 * A member keeps its ports when it is started again. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_ETCD_CLUSTER_H
#define COMMS_TEST_KIT_ETCD_CLUSTER_H

#include "test/kit/certificates.h"
#include "test/kit/etcd_gateway.h"
#include "test/kit/programs.h"
#include "test/kit/scratch_folder.h"

#include <check.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ETCD_CLUSTER_MAX = 3,
    ETCD_CLUSTER_FOLDER_SIZE = SCRATCH_FOLDER_SIZE + 32,
    ETCD_CLUSTER_PLACE_SIZE = 160
};

/* The user of a cluster with users; he may read and write all keys. */
#define ETCD_CLUSTER_USER     "comms"
#define ETCD_CLUSTER_PASSWORD "open sesame"

struct etcd_cluster_settings {
    size_t members;       /* 0: ETCD_CLUSTER_MAX */
    uint64_t quota_bytes; /* 0: as etcd has it */
    /* NULL: everybody may read and write. Else only root may, and ETCD_CLUSTER_USER what begins so.
     */
    const char *user_prefix;
    /* NULL: no TLS. Else each member has a second port with TLS, and the certificate `server`;
     * who calls there needs a certificate of `ca`. */
    const struct certificates *certificates;
    /* True: the data is synced to the disk, as it is in earnest. etcd_cluster_freeze needs it. */
    bool has_disk;
};

struct etcd_cluster_member {
    struct program *program; /* NULL: it does not run */
    bool is_stopped;         /* by etcd_cluster_stop */
    uint16_t port;           /* for clients */
    uint16_t tls_port;
    uint16_t peer_port;
    int held[3]; /* the sockets that keep the ports for it */
    char folder[ETCD_CLUSTER_FOLDER_SIZE];
    struct held_calls *disk; /* what etcd_cluster_freeze holds; NULL: nothing */
};

struct etcd_cluster {
    struct etcd_cluster_settings settings;
    struct etcd_cluster_member members[ETCD_CLUSTER_MAX];
    char token[ETCD_GATEWAY_TOKEN_SIZE]; /* of root, if it has users */
};

/* Whether there is an etcd to test with (COMMS_ETCD). If not, the case gets a test that says that
 * the others are skipped. */
bool etcd_cluster_is_here(TCase *tcase);

/* An unchecked fixture: makes the folder of all members, and removes it however the tests end. */
void etcd_cluster_set_up(void);
void etcd_cluster_tear_down(void);

/* Starts all members, and waits until they serve. */
void etcd_cluster_start(struct etcd_cluster *cluster, const struct etcd_cluster_settings *settings);

/* Ends all members. */
void etcd_cluster_end(struct etcd_cluster *cluster);

/* Writes the value of --store for this prefix: etcd://HOST:PORT,…/PREFIX, or etcds:// with TLS. */
void etcd_cluster_place(const struct etcd_cluster *cluster, const char *prefix,
                        char place[static ETCD_CLUSTER_PLACE_SIZE]);

/* The member that leads; waits until one of those that run does. */
size_t etcd_cluster_leader(const struct etcd_cluster *cluster);

/* Waits until every member that runs serves. */
void etcd_cluster_await(const struct etcd_cluster *cluster);

/* Ends a member by this signal; starts it again with its data, and does not wait. */
void etcd_cluster_kill(struct etcd_cluster *cluster, size_t i, int number);
void etcd_cluster_restart(struct etcd_cluster *cluster, size_t i);

/* Stops a member, as if its machine stood still; lets it go on. */
void etcd_cluster_stop(struct etcd_cluster *cluster, size_t i);
void etcd_cluster_go_on(struct etcd_cluster *cluster, size_t i);

/* From now on no sync of the member's disk ends, until the disk thaws. */
void etcd_cluster_freeze(struct etcd_cluster *cluster, size_t i);
void etcd_cluster_thaw(struct etcd_cluster *cluster, size_t i);

/*
 * Fills the space of a cluster with a quota, until etcd refuses what needs more; makes room again,
 * as an operator does: deletes, compacts, defragments, and disarms the alarm.
 */
void etcd_cluster_fill(const struct etcd_cluster *cluster);
void etcd_cluster_make_room(const struct etcd_cluster *cluster);

/* Deletes all keys that begin so; counts them. */
void etcd_cluster_delete(const struct etcd_cluster *cluster, const char *prefix);
uint64_t etcd_cluster_count(const struct etcd_cluster *cluster, const char *prefix);

#endif
