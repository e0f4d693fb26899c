/* The claims of this server: which there are, and what comes to them from outside. */
#include "server/stores/etcd/etcd_claim_messages.h"
#include "server/stores/etcd/etcd_claim_steps.h"

#include <stdlib.h>

static void unlink_claim(struct etcd_claim *claim)
{
    if (claim->previous == NULL) {
        claim->core->claims = claim->next;
    } else {
        claim->previous->next = claim->next;
    }
    if (claim->next != NULL) {
        claim->next->previous = claim->previous;
    }
}

void etcd_claim_end(struct etcd_claim *claim, enum error outcome)
{
    struct store_request *request = claim->request;
    struct store_request *follower = claim->followers;
    const enum error follow_outcome =
        outcome == ERROR_STORE_AWAY ? ERROR_STORE_AWAY : ERROR_NO_SESSION;
    if (claim->step == ETCD_CLAIM_WAIT && etcd_core_id(claim->core) != ETCD_NOBODY) {
        const struct etcd_claim_keys keys = etcd_claim_keys_of(claim);
        etcd_core_sweep(claim->core, &claim->item.uuid, &keys.wish);
    }
    etcd_timer_cancel(claim->core, &claim->timer);
    unlink_claim(claim);
    free(claim);
    etcd_core_answer(request, outcome);
    while (follower != NULL) {
        struct store_request *next = follower->next;
        etcd_core_answer(follower, follow_outcome);
        follower = next;
    }
}

static struct etcd_claim *find_claim(const struct etcd_core *core, const struct uuid *uuid)
{
    struct etcd_claim *claim = core->claims;
    while (claim != NULL && !uuid_equal(&claim->item.uuid, uuid)) {
        claim = claim->next;
    }
    return claim;
}

bool etcd_core_claims(const struct etcd_core *core, const struct uuid *uuid)
{
    return find_claim(core, uuid) != NULL;
}

static void link_claim(struct etcd_claim *claim)
{
    struct etcd_core *core = claim->core;
    claim->next = core->claims;
    if (core->claims != NULL) {
        core->claims->previous = claim;
    }
    core->claims = claim;
}

void etcd_core_claim(struct etcd_core *core, struct store_request *request)
{
    const struct uuid *uuid = session_uuid(request->session);
    struct etcd_claim *claim = find_claim(core, uuid);
    if (claim != NULL) {
        request->next = claim->followers;
        claim->followers = request;
        return;
    }
    claim = calloc(1, sizeof *claim);
    if (claim == NULL || etcd_core_id(core) == ETCD_NOBODY) {
        free(claim);
        etcd_core_answer(request, ERROR_STORE_AWAY);
        return;
    }
    claim->core = core;
    claim->request = request;
    claim->give_up_at = etcd_core_now(core) + ETCD_CLAIM_TIME;
    claim->nonce = etcd_core_nonce(core);
    claim->item =
        (struct etcd_item){.uuid = *uuid, .make = etcd_claim_make, .done = etcd_claim_done};
    link_claim(claim);
    etcd_claim_run(claim, ETCD_CLAIM_READ);
}

/* A session that comes when nobody waits for it any more is not here: the next claim finds the
 * record. An answer may also come before etcd's to the wish itself. */
void etcd_core_hear_answer(struct etcd_core *core, const struct etcd_answer *answer,
                           int64_t revision)
{
    const struct etcd_key key =
        etcd_key_answer(core->settings.prefix, etcd_core_id(core), &answer->uuid);
    struct etcd_claim *claim = find_claim(core, &answer->uuid);
    etcd_core_sweep(core, &answer->uuid, &key);
    if (claim == NULL || claim->nonce != answer->nonce) {
        return;
    }
    claim->is_answered = claim->step == ETCD_CLAIM_WISH;
    if (claim->step == ETCD_CLAIM_WAIT) {
        etcd_claim_answer(claim, answer, revision);
    }
}

void etcd_core_hear_of_server(struct etcd_core *core, uint64_t id)
{
    struct etcd_claim *next;
    for (struct etcd_claim *claim = core->claims; claim != NULL; claim = next) {
        next = claim->next;
        if (claim->step == ETCD_CLAIM_WAIT && claim->found.owner == id) {
            etcd_claim_run(claim, ETCD_CLAIM_READ);
        }
    }
}

/* Claims whose transaction is under way end with it. */
void etcd_core_end_claims(struct etcd_core *core)
{
    struct etcd_claim *next;
    for (struct etcd_claim *claim = core->claims; claim != NULL; claim = next) {
        next = claim->next;
        if (claim->timer.is_set) {
            etcd_claim_end(claim, ERROR_STORE_AWAY);
        }
    }
}
