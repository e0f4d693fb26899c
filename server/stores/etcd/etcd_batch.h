/*
 * Independent transactions on sessions go to etcd in groups, each in one step of Raft. A group
 * whose answer is lost is tried again: each item tells by what it finds whether it was carried out
 * before.
 *
 * A store that is full shall refuse what begins, and let everything go on that exists. etcd
 * compares its quota with what a transaction puts itself, and not with what a nested one puts. So
 * groups of items that are limited have a put of their own, which is never done; the others have
 * none.
 *
 * Belongs to the store's thread.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_BATCH_H
#define COMMS_SERVER_STORES_ETCD_ETCD_BATCH_H

#include "server/stores/etcd/etcd_link.h"
#include "shared/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ETCD_GROUP_MAX = 100,      /* etcd takes 128 operations in a transaction */
    ETCD_GROUPS_UNDER_WAY = 4, /* items gather for the next group meanwhile */
    ETCD_QUEUE_MAX = 200000    /* items that wait */
};

enum etcd_item_outcome {
    ETCD_ITEM_TRUE,    /* the comparison held, and what follows it was done */
    ETCD_ITEM_FALSE,   /* it did not; the answer has what was to be read then */
    ETCD_ITEM_UNKNOWN, /* no answer came in time: it may have been done, or may yet be done */
    ETCD_ITEM_FULL,    /* not done: the store is full */
    ETCD_ITEM_REFUSED, /* not done: etcd refuses it, or memory is missing */
    ETCD_ITEM_DEAD     /* this server was declared dead */
};

/* Embedded in the structure of what it is for. */
struct etcd_item {
    struct etcd_item *next;
    struct uuid uuid;            /* two items of one uuid are never in one group */
    int64_t give_up_at;          /* time on the batch's clock; CLOCK_NEVER: never */
    struct etcd_bytes operation; /* the batch frees it */
    bool is_limited;             /* a full store refuses it */

    /* Sets `operation`: before the item is sent the first time, when there is a lease; and again if
     * its lease was lost. */
    void (*make)(struct etcd_item *item);

    /* Called once for each time it was added, never inside etcd_batch_add. It may add the item
     * again. `revision` is that of what was put. */
    void (*done)(struct etcd_item *item, enum etcd_item_outcome outcome,
                 const Etcd__TxnResponse *answer, int64_t revision);
};

/* Whether what is put can have a lease. */
enum etcd_lease_state {
    ETCD_LEASE_THERE,
    ETCD_LEASE_AWAITED, /* no group is sent: what is put would stay for ever */
    ETCD_LEASE_REFUSED  /* the store is full: nothing begins, what exists goes on without a lease */
};

struct etcd_queue {
    struct etcd_item *first;
    struct etcd_item *last;
    size_t count;
};

struct etcd_batch_events {
    void (*declared_dead)(struct etcd_batch_events *events);
    void (*lost_lease)(struct etcd_batch_events *events);
    /* A group was answered after this time, nanoseconds; or was not. */
    void (*answered)(struct etcd_batch_events *events, int64_t latency_ns, size_t items);
    void (*unanswered)(struct etcd_batch_events *events);
};

struct etcd_batch {
    struct etcd_link *link;
    const struct clock *clock;
    struct etcd_batch_events *events;
    struct etcd_key server; /* of this server */
    struct etcd_key quota;  /* which is never put */
    int64_t created;        /* its revision of creation; 0: the items wait */
    int64_t revision;       /* the highest that etcd has answered with */
    uint64_t incarnation;   /* counts the servers that this one has been */
    enum etcd_lease_state lease_state;
    struct etcd_queue limited;
    struct etcd_queue others;
    unsigned groups; /* under way */
    size_t sent;     /* items of these groups */
    size_t group_max;
    int64_t pause_until; /* time on the clock */
    int64_t next_end;    /* no item that waits gives up before this time */
    bool is_full;        /* the last limited group was refused for that */
};

void etcd_batch_init(struct etcd_batch *batch, struct etcd_link *link, const struct clock *clock,
                     struct etcd_batch_events *events);

/* Adds an item, of which `uuid`, `give_up_at`, `is_limited`, `make` and `done` are set. */
void etcd_batch_add(struct etcd_batch *batch, struct etcd_item *item);

/* Ends items whose time is over, and starts groups. Returns the time at which it is to be called
 * again. */
int64_t etcd_batch_run(struct etcd_batch *batch);

/* This server was declared dead: all items end so. What is under way ends so when it is answered.
 */
void etcd_batch_end_all(struct etcd_batch *batch);

/* Whether nothing waits, and nothing is under way. */
bool etcd_batch_is_idle(const struct etcd_batch *batch);

size_t etcd_batch_count(const struct etcd_batch *batch);

#endif
