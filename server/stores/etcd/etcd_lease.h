/*
 * Leases of etcd, by which the records of sessions that nobody claims go away in the end. A lease
 * is never kept alive: a server writes the records of its sessions again, under a new lease, before
 * the old one ends. Nothing else rests on leases, because etcd 3.4 may revoke one too early: then
 * the records come back by the same writing. Until a new one is granted nothing is put that would
 * need it (etcd_core_run), except where etcd is full.
 *
 * Belongs to the store's thread.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_LEASE_H
#define COMMS_SERVER_STORES_ETCD_ETCD_LEASE_H

#include "server/stores/etcd/etcd_link.h"
#include "shared/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

#define ETCD_LEASE_TIME    (600 * NS_PER_S) /* and the time-out of a session */
#define ETCD_LEASE_RENEWAL (150 * NS_PER_S) /* age of a lease for which a new one is taken */
#define ETCD_REFRESH       (200 * NS_PER_S) /* age of records that are written again */

enum { ETCD_LEASE_KEYS_MAX = 8000 };

struct etcd_lease {
    struct etcd_call call; /* first: a pointer to one is a pointer to the other */
    struct etcd_link *link;
    const struct clock *clock;
    int64_t session_timeout_ns;

    int64_t id; /* of the lease for new records; 0: there is none yet */
    int64_t granted_at;
    unsigned keys; /* put under it */
    int64_t asked_at;
    int64_t retry_at;
    bool is_asking;
    bool is_full;    /* it was refused for that */
    bool was_missed; /* records were put without one; etcd_core_run writes them again */
};

void etcd_lease_init(struct etcd_lease *lease, struct etcd_link *link, const struct clock *clock,
                     int64_t session_timeout_ns);

/* The lease for a record that is put now; 0: none, because etcd is full. */
int64_t etcd_lease_take(struct etcd_lease *lease);

/* etcd does not know it any more. */
void etcd_lease_lose(struct etcd_lease *lease);

/* Asks for a new one if it is due. Returns the time at which it is to be called again. */
int64_t etcd_lease_run(struct etcd_lease *lease);

#endif
