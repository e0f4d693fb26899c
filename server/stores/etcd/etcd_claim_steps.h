/* What a claim does, step by step, for etcd_claims.c. */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_CLAIM_STEPS_H
#define COMMS_SERVER_STORES_ETCD_ETCD_CLAIM_STEPS_H

#include "server/stores/etcd/etcd_claim_messages.h"

/* Sends what this step needs; it may end the claim, if its time is over. */
void etcd_claim_run(struct etcd_claim *claim, enum etcd_claim_step step);

/* As `done` of the claim's item. */
void etcd_claim_done(struct etcd_item *item, enum etcd_item_outcome outcome,
                     const Etcd__TxnResponse *answer, int64_t revision);

/* The owner has answered the wish of a claim that waits. */
void etcd_claim_answer(struct etcd_claim *claim, const struct etcd_answer *answer,
                       int64_t revision);

/* Answers the claim's request, and those of its followers; frees the claim. */
void etcd_claim_end(struct etcd_claim *claim, enum error outcome);

#endif
