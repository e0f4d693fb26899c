/* Records of sessions that were evicted are deleted, and records of live ones written again before
 * their lease ends. */
#include "server/stores/etcd/etcd_core.h"

#include <stdlib.h>

#define FORGET_TIME (60 * NS_PER_S) /* then the record goes with its lease */

/* ---- Evicted sessions ------------------------------------------------------------------------ */

struct etcd_forget {
    struct etcd_item item; /* first: a pointer to one is a pointer to the other */
    struct etcd_core *core;
    struct etcd_forget *next;
    struct etcd_forget *previous;
    int64_t revision;
};

static void make_forget(struct etcd_item *item)
{
    const struct etcd_forget *forget = (struct etcd_forget *)(void *)item;
    const struct etcd_key key = etcd_key_session(forget->core->settings.prefix, &item->uuid);
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    etcd_txn_if_changed(&txn, &key, forget->revision);
    etcd_txn_delete(&txn, &key);
    etcd_txn_get(&txn, ETCD_IF_FALSE, &key);
    item->operation = etcd_txn_write_operation(&txn);
}

static void end_forget(struct etcd_forget *forget)
{
    if (forget->previous == NULL) {
        forget->core->forgets = forget->next;
    } else {
        forget->previous->next = forget->next;
    }
    if (forget->next != NULL) {
        forget->next->previous = forget->previous;
    }
    free(forget);
}

/* The record may have been written again meanwhile, and is still ours. */
static void forget_done(struct etcd_item *item, enum etcd_item_outcome outcome,
                        const Etcd__TxnResponse *answer, int64_t revision)
{
    struct etcd_forget *forget = (struct etcd_forget *)(void *)item;
    struct etcd_core *core = forget->core;
    const Etcd__KeyValue *kv = outcome == ETCD_ITEM_FALSE ? etcd_txn_found(answer, 0) : NULL;
    struct etcd_session found;
    struct session *session = NULL;
    (void)revision;
    if (kv == NULL || !etcd_core_read_session(kv, &item->uuid, &found) ||
        found.owner != etcd_core_id(core)) {
        end_forget(forget);
        return;
    }
    const enum session_presence presence =
        sessions_look(core->settings.sessions, &item->uuid, &session);
    if (presence == SESSION_PRESENT) {
        session_unref(session);
    }
    if (presence != SESSION_ABSENT) {
        end_forget(forget); /* a new session of this uuid has begun */
        return;
    }
    forget->revision = kv->mod_revision;
    etcd_batch_add(&core->batch, &forget->item);
}

void etcd_core_forget(struct etcd_core *core, const struct uuid *uuid, uint64_t generation)
{
    struct etcd_forget *forget =
        etcd_batch_count(&core->batch) >= ETCD_QUEUE_MAX ? NULL : calloc(1, sizeof *forget);
    if (forget == NULL || etcd_core_id(core) == ETCD_NOBODY) {
        free(forget);
        return;
    }
    forget->core = core;
    forget->revision = (int64_t)generation;
    forget->next = core->forgets;
    if (core->forgets != NULL) {
        core->forgets->previous = forget;
    }
    core->forgets = forget;
    forget->item = (struct etcd_item){.uuid = *uuid,
                                      .give_up_at = etcd_core_now(core) + FORGET_TIME,
                                      .make = make_forget,
                                      .done = forget_done};
    etcd_batch_add(&core->batch, &forget->item);
}

bool etcd_core_forgets(const struct etcd_core *core, const struct uuid *uuid)
{
    for (const struct etcd_forget *forget = core->forgets; forget != NULL; forget = forget->next) {
        if (uuid_equal(&forget->item.uuid, uuid)) {
            return true;
        }
    }
    return false;
}

/* ---- Live sessions --------------------------------------------------------------------------- */

enum { REFRESH_BATCH = ETCD_GROUP_MAX };

struct refresh {
    struct etcd_item item; /* first: a pointer to one is a pointer to the other */
    struct etcd_core *core;
    struct etcd_session session;
};

/* A record that is gone, with a lease that was lost, comes back: unless somebody else has the uuid
 * by now. */
static void make_refresh(struct etcd_item *item)
{
    struct refresh *refresh = (struct refresh *)(void *)item;
    struct etcd_core *core = refresh->core;
    const struct etcd_key key = etcd_key_session(core->settings.prefix, &item->uuid);
    uint8_t value[ETCD_VALUE_SIZE];
    const size_t length = etcd_session_write(&refresh->session, value);
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    if (refresh->session.record.generation == 0) {
        etcd_txn_if_created(&txn, &key, 0);
    } else {
        etcd_txn_if_changed(&txn, &key, (int64_t)refresh->session.record.generation);
    }
    etcd_txn_put(&txn, &key, value, length, etcd_lease_take(&core->lease));
    etcd_txn_get(&txn, ETCD_IF_FALSE, &key);
    item->operation = etcd_txn_write_operation(&txn);
}

static void end_refresh(struct refresh *refresh)
{
    refresh->core->refreshes--;
    free(refresh);
}

static void refresh_done(struct etcd_item *item, enum etcd_item_outcome outcome,
                         const Etcd__TxnResponse *answer, int64_t revision)
{
    struct refresh *refresh = (struct refresh *)(void *)item;
    struct etcd_core *core = refresh->core;
    struct session *session = NULL;
    const Etcd__KeyValue *kv = outcome == ETCD_ITEM_FALSE ? etcd_txn_found(answer, 0) : NULL;
    struct etcd_session found;
    const bool is_ours = kv != NULL && etcd_core_read_session(kv, &item->uuid, &found) &&
                         found.owner == etcd_core_id(core) && found.nonce == refresh->session.nonce;
    if ((outcome == ETCD_ITEM_TRUE || is_ours) &&
        sessions_look(core->settings.sessions, &item->uuid, &session) == SESSION_PRESENT) {
        sessions_set_generation(core->settings.sessions, session,
                                (uint64_t)(is_ours ? kv->mod_revision : revision));
        session_unref(session);
    }
    const bool is_lost = outcome == ETCD_ITEM_FALSE && kv == NULL;
    if (is_lost && refresh->session.record.generation != 0 &&
        sessions_look(core->settings.sessions, &item->uuid, &session) == SESSION_PRESENT) {
        session_unref(session);
        refresh->session.record.generation = 0;
        etcd_batch_add(&core->batch, &refresh->item);
        return;
    }
    end_refresh(refresh);
}

static void start_refresh(struct etcd_core *core, const struct session_record *record)
{
    struct refresh *refresh = calloc(1, sizeof *refresh);
    if (refresh == NULL) {
        return; /* the next time round */
    }
    refresh->core = core;
    refresh->session.record = *record;
    refresh->session.record.is_exact = false; /* its streams go on */
    refresh->session.owner = etcd_core_id(core);
    refresh->session.nonce = etcd_core_nonce(core);
    refresh->item = (struct etcd_item){.uuid = record->uuid,
                                       .give_up_at = etcd_core_now(core) + FORGET_TIME,
                                       .make = make_refresh,
                                       .done = refresh_done};
    core->refreshes++;
    etcd_batch_add(&core->batch, &refresh->item);
}

void etcd_core_refresh(struct etcd_core *core)
{
    struct session_record records[REFRESH_BATCH];
    if (etcd_core_now(core) >= core->refresh_at && !core->is_refreshing) {
        core->refresh_at = etcd_core_now(core) + ETCD_REFRESH;
        core->refresh_below = core->refresh_next;
        core->refresh_next = core->batch.revision;
        core->is_refreshing = true;
    }
    if (!core->is_refreshing || core->refreshes > 0 || core->is_draining) {
        return;
    }
    const size_t count = sessions_list(core->settings.sessions, (uint64_t)core->refresh_below,
                                       &core->refresh_place, records, REFRESH_BATCH);
    for (size_t i = 0; i < count; i++) {
        start_refresh(core, &records[i]);
    }
    core->is_refreshing = core->refresh_place != 0;
}
