/*
 * CONTINUE of a session that another server has: this server becomes its owner.
 *
 *     read ──▶ take              nobody has it, or its server is dead
 *          ──▶ wish ──▶ wait     its server is alive: it is asked to give the session
 *          ──▶ bury, wait        its server has shown no heartbeat for ETCD_SERVER_TIMEOUT
 *          ──▶ ask about it      its server is not known here
 *
 * Each step is one transaction, and what it finds decides about the next one.
 *
 * Answers of etcd may be handled in another order than that in which it gave them. So of a uuid
 * only one claim at a time runs, and only a claim puts a session that comes from etcd into the map:
 * what it has read cannot be outdated by another claim of this server, which has given the session
 * away again meanwhile. Others of the same uuid wait for its end, and begin anew.
 */
#include "server/stores/etcd/etcd_claim_steps.h"

#include <stddef.h>
#include <stdlib.h>

enum { STEPS_MAX = 20 }; /* where others change the record all the time */

/* ---- A session that is here ------------------------------------------------------------------ */

/* Whether the position that the client has proved can be one of this session. */
static bool fits(const struct store_request *request, const struct session *session)
{
    return session_n(session) == session_n(request->session) &&
           (!session_is_exact(session) || request->position <= session_sent(session));
}

/* The session is in our map, or was until now. */
static void take_here(struct etcd_claim *claim, struct session *session)
{
    struct store_request *request = claim->request;
    if (!fits(request, session)) {
        session_unref(session);
        etcd_claim_end(claim, ERROR_NO_SESSION); /* looked up again, it is refused as what it is */
        return;
    }
    const enum session_claim result =
        sessions_take(claim->core->settings.sessions, session, request->attempt, request->owner,
                      &request->hold, &request->before);
    session_unref(session);
    request->before.was_owned = request->before.was_owned || claim->was_owned;
    etcd_claim_end(claim, result == SESSION_CLAIMED         ? ERROR_NONE
                          : result == SESSION_OLDER_ATTEMPT ? ERROR_OLDER_ATTEMPT
                                                            : ERROR_NO_SESSION);
}

/* This server is the owner, and `found` is the record. The attempt is that of before the claim, so
 * that sessions_take lets this one in. */
static void install(struct etcd_claim *claim)
{
    struct etcd_core *core = claim->core;
    struct session *session = NULL;
    (void)sessions_restore(core->settings.sessions, &claim->found.record);
    if (sessions_look(core->settings.sessions, &claim->item.uuid, &session) == SESSION_PRESENT) {
        take_here(claim, session);
    } else {
        etcd_claim_end(claim, ERROR_STORE_AWAY); /* no memory: the next LOOK_UP finds the record */
    }
}

/* ---- What was found -------------------------------------------------------------------------- */

static void claim_fires(struct etcd_timer *timer)
{
    struct etcd_claim *claim =
        (struct etcd_claim *)(void *)((char *)timer - offsetof(struct etcd_claim, timer));
    if (etcd_core_now(claim->core) >= claim->give_up_at || claim->core->is_draining) {
        etcd_claim_end(claim, ERROR_STORE_AWAY);
    } else {
        claim->steps = 0;
        etcd_claim_run(claim, ETCD_CLAIM_READ);
    }
}

static void pause_claim(struct etcd_claim *claim, int64_t until)
{
    etcd_timer_set(claim->core, &claim->timer,
                   until < claim->give_up_at ? until : claim->give_up_at, claim_fires);
}

static void take(struct etcd_claim *claim, bool is_dead_owner);

/* `is_mine`: this claim has brought it; else an earlier transaction, whose answer was given up. */
static void look_here(struct etcd_claim *claim, bool is_mine)
{
    struct etcd_core *core = claim->core;
    struct session *session = NULL;
    switch (sessions_look(core->settings.sessions, &claim->item.uuid, &session)) {
    case SESSION_PRESENT:
        take_here(claim, session);
        break;
    case SESSION_RESERVED:
        claim->step = ETCD_CLAIM_PAUSE;
        pause_claim(claim, etcd_core_now(core) + ETCD_RESERVED_PAUSE);
        break;
    case SESSION_ABSENT:
        if (is_mine) {
            install(claim);
        } else if (etcd_core_forgets(core, &claim->item.uuid)) {
            etcd_claim_end(claim, ERROR_NO_SESSION);
        } else {
            take(claim, false);
        }
        break;
    }
}

/* Nobody else can have it now. Positions are checked before it changes its owner. */
static void take(struct etcd_claim *claim, bool is_dead_owner)
{
    struct store_request *request = claim->request;
    const struct session_record *record = &claim->found.record;
    if (record->is_exact && request->position > record->sent) {
        request->before = (struct session_before){.attempt = record->attempt, .sent = record->sent};
        etcd_claim_end(claim, ERROR_WRONG_LAST_NUMBER);
        return;
    }
    claim->is_dead_owner = is_dead_owner;
    etcd_claim_run(claim, ETCD_CLAIM_TAKE);
}

/* An owner that does not answer is dead, or will be declared so: then the claim goes on. */
static void wait_for_owner(struct etcd_claim *claim)
{
    const int64_t now = etcd_core_now(claim->core);
    int64_t until = now + ETCD_HEARTBEAT_INTERVAL;
    const struct etcd_servers *servers = &claim->core->servers;
    for (size_t i = 0; i < servers->count; i++) {
        const struct etcd_server *server = &servers->items[i];
        const int64_t expires_at = server->seen_at + ETCD_SERVER_TIMEOUT;
        if (server->id == claim->found.owner && expires_at < until) {
            until = expires_at;
        }
    }
    claim->step = ETCD_CLAIM_WAIT;
    pause_claim(claim, until);
}

static void look_at_owner(struct etcd_claim *claim)
{
    struct etcd_core *core = claim->core;
    int64_t revision = 0;
    switch (
        etcd_servers_state(&core->servers, claim->found.owner, etcd_core_now(core), &revision)) {
    case ETCD_SERVER_STRANGE:
        etcd_claim_run(claim, ETCD_CLAIM_ASK);
        break;
    case ETCD_SERVER_ALIVE:
        if (revision == 0) {
            wait_for_owner(claim); /* it has no heartbeat, and cannot hear a wish */
        } else {
            etcd_claim_run(claim, ETCD_CLAIM_WISH);
        }
        break;
    case ETCD_SERVER_EXPIRED:
        etcd_core_bury(core, claim->found.owner, revision);
        claim->step = ETCD_CLAIM_WAIT;
        pause_claim(claim, etcd_core_now(core) + ETCD_HEARTBEAT_INTERVAL);
        break;
    case ETCD_SERVER_DEAD:
        take(claim, true);
        break;
    }
}

/* Whether the session is being started or given away here. As long as this server does not know how
 * that ends, it must not ask others for the session: it could not tell the gift from its return. */
static bool is_reserved(const struct etcd_claim *claim)
{
    struct session *session = NULL;
    const enum session_presence presence =
        sessions_look(claim->core->settings.sessions, &claim->item.uuid, &session);
    if (presence == SESSION_PRESENT) {
        session_unref(session);
    }
    return presence == SESSION_RESERVED;
}

static void take_record(struct etcd_claim *claim, const Etcd__KeyValue *kv)
{
    struct store_request *request = claim->request;
    const struct client_key *client = request->owner->client;
    if (is_reserved(claim)) {
        claim->step = ETCD_CLAIM_PAUSE;
        pause_claim(claim, etcd_core_now(claim->core) + ETCD_RESERVED_PAUSE);
        return;
    }
    if (kv == NULL) {
        etcd_claim_end(claim, ERROR_NO_SESSION);
        return;
    }
    if (!etcd_core_read_session(kv, &claim->item.uuid, &claim->found)) {
        etcd_claim_end(claim, ERROR_STORE_AWAY);
        return;
    }
    const uint64_t me = etcd_core_id(claim->core);
    const uint32_t attempt = claim->found.record.attempt;
    const bool is_mine = claim->found.owner == me && claim->found.nonce == claim->nonce;
    if (is_mine) {
        claim->found.record.attempt = attempt == request->attempt ? 0 : attempt;
        look_here(claim, true);
    } else if (!client_key_equal(&claim->found.record.client, client)) {
        etcd_claim_end(claim, ERROR_NO_SESSION); /* another one of this uuid: look it up again */
    } else if (request->attempt != 0 && request->attempt <= attempt) {
        request->before = (struct session_before){.attempt = attempt};
        etcd_claim_end(claim, ERROR_OLDER_ATTEMPT);
    } else if (claim->found.owner == me) {
        look_here(claim, false);
    } else if (claim->found.owner == ETCD_NOBODY) {
        take(claim, false);
    } else {
        look_at_owner(claim);
    }
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static void learn_of_owner(struct etcd_claim *claim, const Etcd__TxnResponse *answer)
{
    struct etcd_core *core = claim->core;
    const Etcd__KeyValue *server = etcd_txn_found(answer, 0);
    const uint64_t owner = claim->found.owner;
    const int64_t now = etcd_core_now(core);
    if (server == NULL && etcd_txn_found(answer, 1) != NULL) {
        etcd_servers_bury(&core->servers, owner, now);
    } else {
        etcd_servers_see(&core->servers, owner, server == NULL ? 0 : server->mod_revision, now);
    }
    look_at_owner(claim);
}

static void take_step(struct etcd_claim *claim, bool is_true, const Etcd__TxnResponse *answer,
                      int64_t revision)
{
    struct etcd_core *core = claim->core;
    switch (claim->step) {
    case ETCD_CLAIM_READ:
    case ETCD_CLAIM_WAIT:
    case ETCD_CLAIM_PAUSE:
        take_record(claim, etcd_txn_found(answer, 0));
        break;
    case ETCD_CLAIM_TAKE:
        if (is_true) {
            claim->found.record.generation = (uint64_t)revision;
            install(claim);
        } else {
            if (claim->is_dead_owner) {
                etcd_servers_forget(&core->servers, claim->found.owner);
            }
            take_record(claim, etcd_txn_found(answer, 0));
        }
        break;
    case ETCD_CLAIM_WISH:
        if (is_true && claim->is_answered) {
            etcd_claim_run(claim, ETCD_CLAIM_READ);
        } else if (is_true) {
            wait_for_owner(claim);
        } else {
            /* The record has changed, or its owner is gone. */
            etcd_servers_miss(&core->servers, claim->found.owner);
            take_record(claim, etcd_txn_found(answer, 0));
        }
        break;
    case ETCD_CLAIM_ASK:
        learn_of_owner(claim, answer);
        break;
    }
}

void etcd_claim_done(struct etcd_item *item, enum etcd_item_outcome outcome,
                     const Etcd__TxnResponse *answer, int64_t revision)
{
    struct etcd_claim *claim = (struct etcd_claim *)(void *)item;
    switch (outcome) {
    case ETCD_ITEM_TRUE:
    case ETCD_ITEM_FALSE:
        take_step(claim, outcome == ETCD_ITEM_TRUE, answer, revision);
        break;
    case ETCD_ITEM_FULL:
    case ETCD_ITEM_UNKNOWN:
    case ETCD_ITEM_REFUSED:
    case ETCD_ITEM_DEAD:
        etcd_claim_end(claim, ERROR_STORE_AWAY);
        break;
    }
}

void etcd_claim_run(struct etcd_claim *claim, enum etcd_claim_step step)
{
    struct etcd_core *core = claim->core;
    const int64_t answer_by = etcd_core_now(core) + ETCD_ANSWER_TIME;
    etcd_timer_cancel(core, &claim->timer);
    if (etcd_core_now(core) >= claim->give_up_at) {
        etcd_claim_end(claim, ERROR_STORE_AWAY);
        return;
    }
    if (++claim->steps > STEPS_MAX) {
        claim->step = ETCD_CLAIM_PAUSE;
        pause_claim(claim, etcd_core_now(core) + ETCD_RESERVED_PAUSE);
        return;
    }
    claim->step = step;
    claim->is_answered = false;
    claim->item.give_up_at = answer_by < claim->give_up_at ? answer_by : claim->give_up_at;
    etcd_batch_add(&core->batch, &claim->item);
}

/* ---- What the owner answers ------------------------------------------------------------------ */

static void refuse(struct etcd_claim *claim, const struct etcd_answer *answer)
{
    struct store_request *request = claim->request;
    request->before = (struct session_before){
        .was_owned = answer->was_owned, .attempt = answer->attempt, .sent = answer->sent};
    claim->step = ETCD_CLAIM_READ; /* the wish is answered, and needs no sweeping */
    etcd_claim_end(claim, answer->outcome == ETCD_OLDER_ATTEMPT ? ERROR_OLDER_ATTEMPT
                                                                : ERROR_WRONG_LAST_NUMBER);
}

void etcd_claim_answer(struct etcd_claim *claim, const struct etcd_answer *answer, int64_t revision)
{
    struct session_record *record = &claim->found.record;
    switch (answer->outcome) {
    case ETCD_GIVEN:
        if (answer->sent > record->n + 1) { /* there are fewer messages: the record decides */
            etcd_claim_run(claim, ETCD_CLAIM_READ);
            break;
        }
        record->sent = answer->sent;
        record->is_exact = answer->is_exact;
        record->attempt = answer->attempt;
        record->generation = (uint64_t)revision;
        claim->was_owned = answer->was_owned;
        claim->step = ETCD_CLAIM_READ;
        etcd_timer_cancel(claim->core, &claim->timer);
        look_here(claim, true);
        break;
    case ETCD_OLDER_ATTEMPT:
    case ETCD_WRONG_POSITION:
        refuse(claim, answer);
        break;
    case ETCD_NOT_HERE:
        etcd_claim_run(claim, ETCD_CLAIM_READ);
        break;
    }
}
