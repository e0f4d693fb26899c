/*
 * The heartbeat of this server: a key that it changes each two seconds. From the time at which it
 * sent the last one that etcd has acknowledged, it owns its sessions for 0.9 of the time after
 * which the others may declare it dead. Both times are on clocks that go on while the machine
 * sleeps, and may run 10 % apart.
 *
 * The same transaction reads what others want of this server, so that nothing rests on the watch.
 * Belongs to the store's thread; `owned_until` is read by any.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_HEARTBEAT_H
#define COMMS_SERVER_STORES_ETCD_ETCD_HEARTBEAT_H

#include "server/stores/etcd/etcd_link.h"
#include "server/stores/etcd/etcd_servers.h"
#include "shared/base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETCD_HEARTBEAT_INTERVAL (ETCD_SERVER_TIMEOUT / 3)
#define ETCD_OWNED_TIME         (ETCD_SERVER_TIMEOUT / 10 * 9)

enum { ETCD_PREDECESSORS_MAX = 3 }; /* servers that are known to have ended */

struct etcd_heartbeat;

struct etcd_heartbeat_events {
    /* This server exists in etcd from now on. */
    void (*born)(struct etcd_heartbeat_events *events);
    /* The others have declared it dead. The heartbeat rests until etcd_heartbeat_begin. */
    void (*died)(struct etcd_heartbeat_events *events);
    /* What etcd has for this server: servers, wishes, answers. */
    void (*read)(struct etcd_heartbeat_events *events, const Etcd__RangeResponse *servers,
                 const Etcd__RangeResponse *wishes, const Etcd__RangeResponse *answers);
    /* etcd does not know the lease any more. */
    void (*lost_lease)(struct etcd_heartbeat_events *events);
    /* Whether etcd answers. */
    void (*answered)(struct etcd_heartbeat_events *events, bool has_answer);
};

struct etcd_heartbeat {
    struct etcd_call call; /* first: a pointer to one is a pointer to the other */
    struct etcd_link *link;
    const struct clock *clock; /* CLOCK_BOOTTIME */
    const char *prefix;
    struct etcd_heartbeat_events *events;

    uint64_t id;     /* ETCD_NOBODY: it rests */
    int64_t created; /* the key's revision of creation; 0: it is not there yet */
    uint64_t beats;  /* the key's value */
    int64_t next_at; /* time for the next one */
    int64_t sent_at; /* of the one under way */
    bool is_under_way;
    uint64_t sent_id;   /* whose it was */
    bool is_farewell;   /* the next one is the last: it ends the server in order */
    bool sent_farewell; /* the one under way is */
    bool has_ended;
    int64_t lease; /* of the marks that servers are dead; 0: none */
    uint64_t predecessors[ETCD_PREDECESSORS_MAX];
    size_t predecessor_count;

    atomic_int_fast64_t owned_until;
};

void etcd_heartbeat_init(struct etcd_heartbeat *heartbeat, struct etcd_link *link,
                         const struct clock *clock, const char *prefix,
                         struct etcd_heartbeat_events *events);

/* Begins the life of a server, whose predecessors have ended for certain: their sessions may be
 * claimed at once. */
void etcd_heartbeat_begin(struct etcd_heartbeat *heartbeat, uint64_t id,
                          const uint64_t *predecessors, size_t count);

/* Another transaction has found that this server was declared dead. */
void etcd_heartbeat_die(struct etcd_heartbeat *heartbeat);

/* The next one is due now: something may have changed. */
void etcd_heartbeat_hurry(struct etcd_heartbeat *heartbeat);

/* The last one says that the server has ended: `has_ended` tells when etcd knows. */
void etcd_heartbeat_say_farewell(struct etcd_heartbeat *heartbeat);

/* Sends what is due. Returns the time at which it is to be called again. */
int64_t etcd_heartbeat_run(struct etcd_heartbeat *heartbeat);

#endif
