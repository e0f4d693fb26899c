/*
 * The store of sessions that several servers share through etcd: what a stream asks is answered at
 * once if the session is here, and by the store's thread otherwise. etcd_core.h has the protocol,
 * etcd_place.h starts the thread.
 *
 * etcd_store.lock, a leaf lock, guards what other threads hand to the store's thread.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_STORE_H
#define COMMS_SERVER_STORES_ETCD_ETCD_STORE_H

#include "server/sessions/store.h"
#include "server/stores/etcd/etcd_core.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct etcd_evicted;

struct etcd_store {
    struct store store; /* first: a pointer to one is a pointer to the other */
    struct etcd_core core;
    struct sessions *sessions;
    struct session_listener listener;
    void (*wake)(void *context); /* has the store's thread call etcd_store_run; from any thread */
    void *wake_context;
    atomic_bool is_draining;
    atomic_uint_fast64_t refusals;
    int64_t close_by; /* time on the clock at which the end is not waited for any longer */

    pthread_mutex_t lock;

    /* lock */
    struct store_request *first; /* linked by `next`, in order */
    struct store_request *last;
    struct etcd_evicted *evicted;
    bool is_closing;
};

/* The store of these settings, without a thread. Nonzero: an error number. */
int etcd_store_init(struct etcd_store *store, const struct etcd_core_settings *settings,
                    void (*wake)(void *context), void *wake_context);

/* No question is under way. */
void etcd_store_cleanup(struct etcd_store *store);

/*
 * Does what is due, in the store's thread. Returns the time on the clock at which it is to be
 * called again, at the latest; negative: the store has ended, after etcd_store_end.
 */
int64_t etcd_store_run(struct etcd_store *store);

/* Writes what is to be written, and tells the other servers that this one has ended. It takes two
 * seconds at most. From any thread. */
void etcd_store_end(struct etcd_store *store);

#endif
