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
#include "server/stores/etcd/etcd_claim_messages.h"

#include <stddef.h>
#include <stdlib.h>

enum { STEPS_MAX = 20 }; /* where others change the record all the time */

#define RESERVED_PAUSE                                                                             \
    (50 * NS_PER_MS) /* until a session that is on its way is looked for again                     \
                      */

static void run_step(struct etcd_claim *claim, enum etcd_claim_step step);

/* ---- The end --------------------------------------------------------------------------------- */

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

static void end_claim(struct etcd_claim *claim, enum error outcome)
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
        end_claim(claim, ERROR_NO_SESSION); /* it is looked up again, and refused by what it is */
        return;
    }
    const enum session_claim result =
        sessions_take(claim->core->settings.sessions, session, request->attempt, request->owner,
                      &request->hold, &request->before);
    session_unref(session);
    request->before.was_owned = request->before.was_owned || claim->was_owned;
    end_claim(claim, result == SESSION_CLAIMED         ? ERROR_NONE
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
        end_claim(claim, ERROR_STORE_AWAY); /* no memory: the next LOOK_UP finds the record */
    }
}

/* ---- What was found -------------------------------------------------------------------------- */

static void claim_fires(struct etcd_timer *timer)
{
    struct etcd_claim *claim =
        (struct etcd_claim *)(void *)((char *)timer - offsetof(struct etcd_claim, timer));
    if (etcd_core_now(claim->core) >= claim->give_up_at || claim->core->is_draining) {
        end_claim(claim, ERROR_STORE_AWAY);
    } else {
        claim->steps = 0;
        run_step(claim, ETCD_CLAIM_READ);
    }
}

static void pause_claim(struct etcd_claim *claim, int64_t until)
{
    etcd_timer_set(claim->core, &claim->timer,
                   until < claim->give_up_at ? until : claim->give_up_at, claim_fires);
}

static void take(struct etcd_claim *claim, bool is_dead_owner);

/* `is_mine`: this claim has brought the session. Else, if it is not here, an earlier transaction
 * has, whose answer was given up. */
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
        pause_claim(claim, etcd_core_now(core) + RESERVED_PAUSE);
        break;
    case SESSION_ABSENT:
        if (is_mine) {
            install(claim);
        } else if (etcd_core_forgets(core, &claim->item.uuid)) {
            end_claim(claim, ERROR_NO_SESSION);
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
        end_claim(claim, ERROR_WRONG_LAST_NUMBER);
        return;
    }
    claim->is_dead_owner = is_dead_owner;
    run_step(claim, ETCD_CLAIM_TAKE);
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
        run_step(claim, ETCD_CLAIM_ASK);
        break;
    case ETCD_SERVER_ALIVE:
        if (revision == 0) {
            wait_for_owner(claim); /* it has no heartbeat, and cannot hear a wish */
        } else {
            run_step(claim, ETCD_CLAIM_WISH);
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
        pause_claim(claim, etcd_core_now(claim->core) + RESERVED_PAUSE);
        return;
    }
    if (kv == NULL) {
        end_claim(claim, ERROR_NO_SESSION);
        return;
    }
    if (!etcd_core_read_session(kv, &claim->item.uuid, &claim->found)) {
        end_claim(claim, ERROR_STORE_AWAY);
        return;
    }
    const uint64_t me = etcd_core_id(claim->core);
    const uint32_t attempt = claim->found.record.attempt;
    const bool is_mine = claim->found.owner == me && claim->found.nonce == claim->nonce;
    if (is_mine) {
        claim->found.record.attempt = attempt == request->attempt ? 0 : attempt;
        look_here(claim, true);
    } else if (!client_key_equal(&claim->found.record.client, client)) {
        end_claim(claim, ERROR_NO_SESSION); /* another one of this uuid: it is looked up again */
    } else if (request->attempt != 0 && request->attempt <= attempt) {
        request->before = (struct session_before){.attempt = attempt};
        end_claim(claim, ERROR_OLDER_ATTEMPT);
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
            run_step(claim, ETCD_CLAIM_READ);
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

static void claim_done(struct etcd_item *item, enum etcd_item_outcome outcome,
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
        end_claim(claim, ERROR_STORE_AWAY);
        break;
    }
}

static void run_step(struct etcd_claim *claim, enum etcd_claim_step step)
{
    struct etcd_core *core = claim->core;
    const int64_t answer_by = etcd_core_now(core) + ETCD_ANSWER_TIME;
    etcd_timer_cancel(core, &claim->timer);
    if (etcd_core_now(core) >= claim->give_up_at) {
        end_claim(claim, ERROR_STORE_AWAY);
        return;
    }
    if (++claim->steps > STEPS_MAX) {
        claim->step = ETCD_CLAIM_PAUSE;
        pause_claim(claim, etcd_core_now(core) + RESERVED_PAUSE);
        return;
    }
    claim->step = step;
    claim->is_answered = false;
    claim->item.give_up_at = answer_by < claim->give_up_at ? answer_by : claim->give_up_at;
    etcd_batch_add(&core->batch, &claim->item);
}

/* ---- Beginning, and what comes from outside -------------------------------------------------- */

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
    claim->item = (struct etcd_item){.uuid = *uuid, .make = etcd_claim_make, .done = claim_done};
    link_claim(claim);
    run_step(claim, ETCD_CLAIM_READ);
}

static void refuse(struct etcd_claim *claim, const struct etcd_answer *answer)
{
    struct store_request *request = claim->request;
    request->before = (struct session_before){
        .was_owned = answer->was_owned, .attempt = answer->attempt, .sent = answer->sent};
    claim->step = ETCD_CLAIM_READ; /* the wish is answered, and needs no sweeping */
    end_claim(claim, answer->outcome == ETCD_OLDER_ATTEMPT ? ERROR_OLDER_ATTEMPT
                                                           : ERROR_WRONG_LAST_NUMBER);
}

static void take_answer(struct etcd_claim *claim, const struct etcd_answer *answer,
                        int64_t revision)
{
    struct session_record *record = &claim->found.record;
    switch (answer->outcome) {
    case ETCD_GIVEN:
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
        run_step(claim, ETCD_CLAIM_READ);
        break;
    }
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
        take_answer(claim, answer, revision);
    }
}

void etcd_core_hear_of_server(struct etcd_core *core, uint64_t id)
{
    struct etcd_claim *next;
    for (struct etcd_claim *claim = core->claims; claim != NULL; claim = next) {
        next = claim->next;
        if (claim->step == ETCD_CLAIM_WAIT && claim->found.owner == id) {
            run_step(claim, ETCD_CLAIM_READ);
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
            end_claim(claim, ERROR_STORE_AWAY);
        }
    }
}
