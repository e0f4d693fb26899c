/*
 * The other servers, as this one sees them. A server is alive while the revision of its heartbeat
 * changes; once this server has seen the same revision for ETCD_SERVER_TIMEOUT by its own clock, it
 * may declare the other one dead. What is seen late, or not at all, only makes it wait longer.
 *
 * Belongs to the store's thread.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_SERVERS_H
#define COMMS_SERVER_STORES_ETCD_ETCD_SERVERS_H

#include "shared/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETCD_SERVER_TIMEOUT (6 * NS_PER_S)

enum { ETCD_SERVERS_MAX = 256 }; /* known at a time; the one that was seen first is forgotten */

enum etcd_server_state {
    ETCD_SERVER_STRANGE, /* etcd must be asked about it */
    ETCD_SERVER_ALIVE,
    ETCD_SERVER_EXPIRED, /* may be declared dead, if its heartbeat still has this revision */
    ETCD_SERVER_DEAD     /* was declared dead: its sessions may be claimed */
};

struct etcd_server {
    uint64_t id;
    int64_t revision; /* of its heartbeat; 0: it has none, and was not declared dead either */
    int64_t seen_at;  /* when this revision was first seen, by our clock */
    bool is_dead;
};

/* All zeroes: knows nobody. */
struct etcd_servers {
    struct etcd_server items[ETCD_SERVERS_MAX];
    size_t count;
};

/* Its heartbeat has this revision; 0: it has none. */
void etcd_servers_see(struct etcd_servers *servers, uint64_t id, int64_t revision, int64_t now);

/* It was declared dead, or has ended in order. */
void etcd_servers_bury(struct etcd_servers *servers, uint64_t id, int64_t now);

/* Its heartbeat is gone, and etcd must be asked why. */
void etcd_servers_miss(struct etcd_servers *servers, uint64_t id);

/* What is known of it is wrong: etcd must be asked. */
void etcd_servers_forget(struct etcd_servers *servers, uint64_t id);

/* *ret_revision: of its heartbeat, if it is known. */
enum etcd_server_state etcd_servers_state(const struct etcd_servers *servers, uint64_t id,
                                          int64_t now, int64_t *ret_revision);

#endif
