/* A claim of a session that another server has, and what it says to etcd in each of its steps, for
 * etcd_claim_steps.c. */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_CLAIM_MESSAGES_H
#define COMMS_SERVER_STORES_ETCD_ETCD_CLAIM_MESSAGES_H

#include "server/stores/etcd/etcd_core.h"

enum etcd_claim_step {
    ETCD_CLAIM_READ,
    ETCD_CLAIM_TAKE,
    ETCD_CLAIM_WISH,
    ETCD_CLAIM_WAIT, /* for the owner, with a timer */
    ETCD_CLAIM_ASK,
    ETCD_CLAIM_PAUSE /* with a timer */
};

struct etcd_claim {
    struct etcd_item item; /* first: a pointer to one is a pointer to the other */
    struct etcd_core *core;
    struct etcd_claim *next;
    struct etcd_claim *previous;
    struct store_request *request;
    struct store_request *followers; /* of the same uuid, linked by `next` */
    struct etcd_timer timer;
    enum etcd_claim_step step;
    int64_t give_up_at;
    struct etcd_session found; /* as it was read */
    bool is_dead_owner;        /* ETCD_CLAIM_TAKE: `found.owner` was declared dead */
    uint64_t nonce;            /* of this claim */
    unsigned steps;            /* without a pause */
    bool is_answered;          /* ETCD_CLAIM_WISH: the answer came before etcd's */
    bool was_owned;            /* by a stream of the server that gave it */
};

struct etcd_claim_keys {
    struct etcd_key session;
    struct etcd_key server;
    struct etcd_key dead;
    struct etcd_key wish;
    struct etcd_key answer;
};

struct etcd_claim_keys etcd_claim_keys_of(const struct etcd_claim *claim);

/* As `make` of the claim's item. */
void etcd_claim_make(struct etcd_item *item);

/* Deletes a key that only a claim of this uuid wanted. Nothing depends on it. */
void etcd_core_sweep(struct etcd_core *core, const struct uuid *uuid, const struct etcd_key *key);

#endif
