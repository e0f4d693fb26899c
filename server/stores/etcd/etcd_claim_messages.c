#include "server/stores/etcd/etcd_claim_messages.h"

#include <stdlib.h>

struct etcd_claim_keys etcd_claim_keys_of(const struct etcd_claim *claim)
{
    const char *prefix = claim->core->settings.prefix;
    const uint64_t me = etcd_core_id(claim->core);
    const uint64_t owner = claim->found.owner;
    const struct uuid *uuid = &claim->item.uuid;
    return (struct etcd_claim_keys){.session = etcd_key_session(prefix, uuid),
                                    .server = etcd_key_server(prefix, owner),
                                    .dead = etcd_key_dead(prefix, owner),
                                    .wish = etcd_key_wish(prefix, owner, uuid, me),
                                    .answer = etcd_key_answer(prefix, me, uuid)};
}

static size_t write_taken(const struct etcd_claim *claim, uint8_t value[static ETCD_VALUE_SIZE])
{
    struct etcd_session taken = claim->found;
    const uint32_t attempt = claim->request->attempt;
    taken.owner = etcd_core_id(claim->core);
    taken.nonce = claim->nonce;
    taken.record.attempt = attempt == 0 ? taken.record.attempt : attempt;
    taken.record.is_exact = false; /* from now on more are sent */
    return etcd_session_write(&taken, value);
}

static size_t write_wish(const struct etcd_claim *claim, uint8_t value[static ETCD_VALUE_SIZE])
{
    const struct etcd_wish wish = {.uuid = claim->item.uuid,
                                   .claimer = etcd_core_id(claim->core),
                                   .nonce = claim->nonce,
                                   .revision = (int64_t)claim->found.record.generation,
                                   .attempt = claim->request->attempt,
                                   .position = claim->request->position};
    return etcd_wish_write(&wish, value);
}

void etcd_claim_make(struct etcd_item *item)
{
    const struct etcd_claim *claim = (struct etcd_claim *)(void *)item;
    const struct etcd_claim_keys keys = etcd_claim_keys_of(claim);
    const int64_t revision = (int64_t)claim->found.record.generation;
    struct etcd_lease *lease = &claim->core->lease;
    uint8_t value[ETCD_VALUE_SIZE];
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    switch (claim->step) {
    case ETCD_CLAIM_READ:
    case ETCD_CLAIM_WAIT:
    case ETCD_CLAIM_PAUSE:
        etcd_txn_get(&txn, ETCD_IF_TRUE, &keys.session);
        break;
    case ETCD_CLAIM_TAKE:
        etcd_txn_if_changed(&txn, &keys.session, revision);
        if (claim->is_dead_owner) {
            etcd_txn_if_created(&txn, &keys.server, 0);
            etcd_txn_if_exists(&txn, &keys.dead);
        }
        etcd_txn_put(&txn, &keys.session, value, write_taken(claim, value), etcd_lease_take(lease));
        etcd_txn_get(&txn, ETCD_IF_FALSE, &keys.session);
        break;
    case ETCD_CLAIM_WISH:
        etcd_txn_if_changed(&txn, &keys.session, revision);
        etcd_txn_if_exists(&txn, &keys.server);
        etcd_txn_put(&txn, &keys.wish, value, write_wish(claim, value), etcd_lease_take(lease));
        etcd_txn_get(&txn, ETCD_IF_FALSE, &keys.session);
        break;
    case ETCD_CLAIM_ASK:
        etcd_txn_get(&txn, ETCD_IF_TRUE, &keys.server);
        etcd_txn_get(&txn, ETCD_IF_TRUE, &keys.dead);
        break;
    }
    item->operation = etcd_txn_write_operation(&txn);
}

/* ---- Sweeping ----------------------------------------------------------------------------------
 */

/* A key that only this claim wanted. Nothing depends on it. */
struct sweep {
    struct etcd_item item; /* first: a pointer to one is a pointer to the other */
    struct etcd_key key;
};

static void make_sweep(struct etcd_item *item)
{
    struct sweep *sweep = (struct sweep *)(void *)item;
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    etcd_txn_delete(&txn, &sweep->key);
    item->operation = etcd_txn_write_operation(&txn);
}

static void sweep_done(struct etcd_item *item, enum etcd_item_outcome outcome,
                       const Etcd__TxnResponse *answer, int64_t revision)
{
    (void)outcome;
    (void)answer;
    (void)revision;
    free(item);
}

void etcd_core_sweep(struct etcd_core *core, const struct uuid *uuid, const struct etcd_key *key)
{
    struct sweep *sweep = calloc(1, sizeof *sweep);
    if (sweep == NULL) {
        return; /* the key goes with its lease */
    }
    sweep->key = *key;
    sweep->item = (struct etcd_item){.uuid = *uuid,
                                     .give_up_at = etcd_core_now(core) + ETCD_ANSWER_TIME,
                                     .make = make_sweep,
                                     .done = sweep_done};
    etcd_batch_add(&core->batch, &sweep->item);
}
