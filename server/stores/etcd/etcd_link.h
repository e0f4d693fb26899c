/*
 * How the store speaks to etcd: calls, whose answers come later, and one watch. etcd_client.h
 * speaks to real members; a test's link has a model of etcd behind it. One thread owns a link: all
 * functions are called in it, and it calls back in it.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_LINK_H
#define COMMS_SERVER_STORES_ETCD_ETCD_LINK_H

#include "server/stores/etcd/etcd_txn.h"

#include <stddef.h>
#include <stdint.h>

enum etcd_method { ETCD_METHOD_TXN, ETCD_METHOD_LEASE_GRANT };

enum etcd_status {
    ETCD_OK,
    ETCD_UNKNOWN,  /* no answer: it may have been carried out, or may be carried out later */
    ETCD_FULL,     /* refused: the quota of space is used up */
    ETCD_NO_LEASE, /* refused: the lease of a put does not exist */
    ETCD_REFUSED   /* refused: it would be refused again, and the log says why */
};

/* Embedded in the caller's structure. */
struct etcd_call {
    enum etcd_method method;
    struct etcd_bytes request; /* the caller's; lives until `done` */
    struct etcd_call *next;    /* the link's */

    /* Called once, never inside link->call. The bytes live until it returns. */
    void (*done)(struct etcd_call *call, enum etcd_status status, const uint8_t *bytes,
                 size_t length);
};

/* Is told what changes. A change may be missed. */
struct etcd_watcher {
    void (*happened)(struct etcd_watcher *watcher, const Etcd__Event *event);
    void (*began)(struct etcd_watcher *watcher); /* the watch is new: changes were missed */
};

enum { ETCD_WATCHES_MAX = 3 };

struct etcd_link {
    void (*call)(struct etcd_link *link, struct etcd_call *call);

    /* Watches these, as etcd_write_watch wrote them, in the place of what was watched before. The
     * link frees the requests. NULL: watches nothing. */
    void (*watch)(struct etcd_link *link, struct etcd_bytes *requests, size_t count,
                  struct etcd_watcher *watcher);
};

#endif
