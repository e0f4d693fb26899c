/*
 * Sessions that this server gives away: to a server that wishes for one, and to nobody when it
 * drains. The session is withdrawn first: its stream counts no further number, and no stream finds
 * it. So its position is final when it is written. Until etcd has answered nobody knows who owns
 * it, and it stays withdrawn.
 */
#include "server/stores/etcd/etcd_core.h"

#include <stddef.h>
#include <stdlib.h>

enum { IDLE_BATCH = ETCD_GROUP_MAX, IDLE_UNDER_WAY = 4 * ETCD_GROUP_MAX };

struct etcd_gift {
    struct etcd_item item; /* first: a pointer to one is a pointer to the other */
    struct etcd_core *core;
    struct etcd_gift *next;
    struct etcd_gift *previous;
    struct etcd_timer timer;
    bool has_wish; /* else it goes to nobody */
    struct etcd_wish wish;
    bool is_reading;          /* whether this server owns the record is being read */
    struct session_hold hold; /* of the withdrawn session; of nothing: it is not here */
    bool has_record;          /* `record` is to be written */
    struct etcd_session record;
    struct etcd_answer answer;
};

/* ---- What is sent ---------------------------------------------------------------------------- */

static void make_gift(struct etcd_item *item)
{
    struct etcd_gift *gift = (struct etcd_gift *)(void *)item;
    struct etcd_core *core = gift->core;
    const char *prefix = core->settings.prefix;
    const struct etcd_key session = etcd_key_session(prefix, &item->uuid);
    const struct etcd_key wish =
        etcd_key_wish(prefix, etcd_core_id(core), &item->uuid, gift->wish.claimer);
    const struct etcd_key answer = etcd_key_answer(prefix, gift->wish.claimer, &item->uuid);
    uint8_t record_bytes[ETCD_VALUE_SIZE];
    uint8_t answer_bytes[ETCD_VALUE_SIZE];
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    if (gift->is_reading) {
        etcd_txn_get(&txn, ETCD_IF_TRUE, &session);
    } else {
        if (gift->has_record) {
            etcd_txn_if_changed(&txn, &session, (int64_t)gift->record.record.generation);
            etcd_txn_put(&txn, &session, record_bytes,
                         etcd_session_write(&gift->record, record_bytes),
                         etcd_lease_take(&core->lease));
            etcd_txn_get(&txn, ETCD_IF_FALSE, &session);
        }
        if (gift->has_wish) {
            etcd_txn_put(&txn, &answer, answer_bytes,
                         etcd_answer_write(&gift->answer, answer_bytes),
                         etcd_lease_take(&core->lease));
            etcd_txn_delete(&txn, &wish);
        }
    }
    item->operation = etcd_txn_write_operation(&txn);
}

/* ---- The end --------------------------------------------------------------------------------- */

static void end_gift(struct etcd_gift *gift)
{
    struct etcd_core *core = gift->core;
    if (!gift->has_wish) {
        core->gifts_out--;
    }
    if (gift->previous == NULL) {
        core->gifts = gift->next;
    } else {
        gift->previous->next = gift->next;
    }
    if (gift->next != NULL) {
        gift->next->previous = gift->previous;
    }
    etcd_timer_cancel(core, &gift->timer);
    free(gift);
}

/* The session stays here: nothing was written. */
static void keep_session(struct etcd_gift *gift)
{
    struct sessions *sessions = gift->core->settings.sessions;
    if (gift->hold.session != NULL) {
        sessions_confirm(sessions, &gift->hold);
        sessions_leave(sessions, &gift->hold);
    }
    end_gift(gift);
}

static void drop_session(struct etcd_gift *gift)
{
    sessions_discard(gift->core->settings.sessions, &gift->hold);
    end_gift(gift);
}

/* ---- Answering a wish ------------------------------------------------------------------------ */

static void answer_wish(struct etcd_gift *gift, enum etcd_answer_outcome outcome)
{
    gift->answer.uuid = gift->wish.uuid;
    gift->answer.nonce = gift->wish.nonce;
    gift->answer.outcome = outcome;
    etcd_batch_add(&gift->core->batch, &gift->item);
}

/* Sets what is written of the session that was withdrawn. */
static void set_record(struct etcd_gift *gift, uint64_t owner, uint64_t nonce)
{
    struct session_record *record = &gift->record.record;
    sessions_describe(gift->core->settings.sessions, gift->hold.session, record);
    gift->has_record = true;
    gift->record.owner = owner;
    gift->record.nonce = nonce;
    gift->answer.sent = record->sent;
    gift->answer.is_exact = record->is_exact;
    record->is_exact = record->is_exact && owner == ETCD_NOBODY; /* else the claimer sends more */
}

static void give_present(struct etcd_gift *gift, struct session *session)
{
    struct etcd_core *core = gift->core;
    const struct etcd_wish *wish = &gift->wish;
    struct session_record record;
    struct session_before before;
    sessions_describe(core->settings.sessions, session, &record);
    const uint32_t limit = record.is_exact ? record.sent : record.n + 1;
    gift->answer.attempt = record.attempt;
    gift->answer.sent = limit;
    enum etcd_answer_outcome outcome = ETCD_NOT_HERE;
    if (record.generation != (uint64_t)wish->revision) {
        outcome = ETCD_NOT_HERE; /* an old wish: who still wants the session asks again */
    } else if (wish->position > limit) {
        outcome = ETCD_WRONG_POSITION;
    } else {
        const enum session_claim result = sessions_withdraw(
            core->settings.sessions, session, wish->attempt, &core->owner, &gift->hold, &before);
        if (result == SESSION_CLAIMED) {
            outcome = ETCD_GIVEN;
            gift->answer.attempt = before.attempt;
            gift->answer.was_owned = before.was_owned;
            set_record(gift, wish->claimer, wish->nonce);
        } else if (result == SESSION_OLDER_ATTEMPT) {
            outcome = ETCD_OLDER_ATTEMPT;
        }
    }
    session_unref(session);
    answer_wish(gift, outcome);
}

static void consider(struct etcd_gift *gift);

static void look_again(struct etcd_timer *timer)
{
    consider((struct etcd_gift *)(void *)((char *)timer - offsetof(struct etcd_gift, timer)));
}

static bool is_on_its_way(const struct etcd_gift *gift, enum session_presence presence)
{
    return presence == SESSION_RESERVED ||
           (presence == SESSION_ABSENT && etcd_core_claims(gift->core, &gift->wish.uuid));
}

static void consider(struct etcd_gift *gift)
{
    struct etcd_core *core = gift->core;
    struct session *session = NULL;
    const enum session_presence presence =
        sessions_look(core->settings.sessions, &gift->wish.uuid, &session);
    if (is_on_its_way(gift, presence)) {
        etcd_timer_set(core, &gift->timer, etcd_core_now(core) + ETCD_RESERVED_PAUSE, look_again);
    } else if (presence == SESSION_PRESENT) {
        give_present(gift, session);
    } else if (etcd_core_forgets(core, &gift->wish.uuid)) {
        answer_wish(gift, ETCD_NOT_HERE);
    } else {
        gift->is_reading = true;
        etcd_batch_add(&core->batch, &gift->item);
    }
}

/*
 * The session is not here. If the record says that it is, an earlier transaction has brought it,
 * whose answer was given up: nobody here will take it, so it goes to nobody. Unless somebody has
 * begun to claim it since it was looked for.
 */
static void take_read(struct etcd_gift *gift, enum etcd_item_outcome outcome,
                      const Etcd__TxnResponse *answer)
{
    struct etcd_core *core = gift->core;
    struct session *session = NULL;
    if (outcome != ETCD_ITEM_TRUE) {
        end_gift(gift); /* the heartbeat finds the wish again */
        return;
    }
    gift->is_reading = false;
    const enum session_presence presence =
        sessions_look(core->settings.sessions, &gift->wish.uuid, &session);
    if (presence == SESSION_PRESENT) {
        give_present(gift, session);
    } else if (is_on_its_way(gift, presence)) {
        etcd_timer_set(core, &gift->timer, etcd_core_now(core) + ETCD_RESERVED_PAUSE, look_again);
    } else {
        gift->has_record =
            etcd_core_read_session(etcd_txn_found(answer, 0), &gift->item.uuid, &gift->record) &&
            gift->record.owner == etcd_core_id(core);
        gift->record.owner = ETCD_NOBODY;
        answer_wish(gift, ETCD_NOT_HERE);
    }
}

/* ---- What etcd answers ----------------------------------------------------------------------- */

/* The record is not as this server knew it. */
static void meet_record(struct etcd_gift *gift, const Etcd__KeyValue *kv)
{
    struct etcd_session found;
    const bool is_read = etcd_core_read_session(kv, &gift->item.uuid, &found);
    if (gift->hold.session == NULL) {
        end_gift(gift); /* the heartbeat finds the wish again */
    } else if (kv != NULL && is_read && found.owner == etcd_core_id(gift->core)) {
        gift->record.record.generation = (uint64_t)kv->mod_revision; /* it was written again */
        etcd_batch_add(&gift->core->batch, &gift->item);
    } else if (kv == NULL && gift->record.record.generation != 0) {
        gift->record.record.generation = 0; /* it went with its lease */
        etcd_batch_add(&gift->core->batch, &gift->item);
    } else {
        drop_session(gift); /* an earlier try has given it */
    }
}

static void gift_done(struct etcd_item *item, enum etcd_item_outcome outcome,
                      const Etcd__TxnResponse *answer, int64_t revision)
{
    struct etcd_gift *gift = (struct etcd_gift *)(void *)item;
    (void)revision;
    if (gift->is_reading) {
        take_read(gift, outcome, answer);
        return;
    }
    switch (outcome) {
    case ETCD_ITEM_TRUE:
    case ETCD_ITEM_DEAD:
        drop_session(gift);
        break;
    case ETCD_ITEM_FALSE:
        meet_record(gift, etcd_txn_found(answer, 0));
        break;
    case ETCD_ITEM_FULL:
    case ETCD_ITEM_REFUSED:
        keep_session(gift);
        break;
    case ETCD_ITEM_UNKNOWN:
        if (gift->hold.session == NULL) {
            end_gift(gift);
        } else {
            etcd_batch_add(&gift->core->batch, &gift->item);
        }
        break;
    }
}

static struct etcd_gift *create_gift(struct etcd_core *core, const struct uuid *uuid)
{
    struct etcd_gift *gift = calloc(1, sizeof *gift);
    if (gift == NULL) {
        return NULL;
    }
    gift->core = core;
    gift->item = (struct etcd_item){
        .uuid = *uuid, .give_up_at = CLOCK_NEVER, .make = make_gift, .done = gift_done};
    gift->next = core->gifts;
    if (core->gifts != NULL) {
        core->gifts->previous = gift;
    }
    core->gifts = gift;
    return gift;
}

/* A wish may be heard twice: by the watch, and with a heartbeat. */
void etcd_core_hear_wish(struct etcd_core *core, const struct etcd_wish *wish)
{
    for (const struct etcd_gift *gift = core->gifts; gift != NULL; gift = gift->next) {
        if (gift->has_wish && gift->wish.nonce == wish->nonce &&
            gift->wish.claimer == wish->claimer) {
            return;
        }
    }
    struct etcd_gift *gift = create_gift(core, &wish->uuid);
    if (gift != NULL) {
        gift->has_wish = true;
        gift->wish = *wish;
        consider(gift);
    }
}

/* ---- Draining -------------------------------------------------------------------------------- */

void etcd_core_drain(struct etcd_core *core)
{
    core->is_draining = true;
    etcd_core_end_claims(core);
}

/* False: memory is missing, and the session stays idle. */
static bool give_to_nobody(struct etcd_core *core, struct session_hold *hold)
{
    struct etcd_gift *gift = create_gift(core, session_uuid(hold->session));
    if (gift == NULL) {
        sessions_confirm(core->settings.sessions, hold);
        sessions_leave(core->settings.sessions, hold);
        return false;
    }
    core->gifts_out++;
    gift->hold = *hold;
    set_record(gift, ETCD_NOBODY, etcd_core_nonce(core));
    etcd_batch_add(&core->batch, &gift->item);
    return true;
}

void etcd_core_give_idle(struct etcd_core *core)
{
    struct session_hold holds[IDLE_BATCH];
    size_t count = IDLE_BATCH;
    bool has_memory = true;
    while (core->is_draining && core->batch.created != 0 && count == IDLE_BATCH && has_memory &&
           core->gifts_out < IDLE_UNDER_WAY) {
        count = sessions_withdraw_idle(core->settings.sessions, &core->owner, holds, IDLE_BATCH);
        for (size_t i = 0; i < count; i++) {
            has_memory = give_to_nobody(core, &holds[i]) && has_memory;
        }
    }
}

/* Wishes that wait for a session of ours, which is ours no more. Those whose transaction is under
 * way end with it. */
void etcd_core_end_gifts(struct etcd_core *core)
{
    struct etcd_gift *next;
    for (struct etcd_gift *gift = core->gifts; gift != NULL; gift = next) {
        next = gift->next;
        if (gift->timer.is_set) {
            end_gift(gift);
        }
    }
}
