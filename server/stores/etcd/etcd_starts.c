/* START and LOOK_UP: what a stream asks of a session that this server does not have. */
#include "server/stores/etcd/etcd_core.h"

#include <stdlib.h>
#include <string.h>

enum { TRIES_MAX = 8 }; /* for a key that others change all the time */

/* ---- START ----------------------------------------------------------------------------------- */

struct start {
    struct etcd_item item; /* first: a pointer to one is a pointer to the other */
    struct etcd_core *core;
    struct store_request *request;
    struct etcd_session session;
    int64_t replaces; /* revision of the record that gives way to it; 0: there must be none */
    unsigned tries;
};

static void make_start(struct etcd_item *item)
{
    struct start *start = (struct start *)(void *)item;
    struct etcd_core *core = start->core;
    const struct etcd_key key = etcd_key_session(core->settings.prefix, &item->uuid);
    uint8_t value[ETCD_VALUE_SIZE];
    const size_t length = etcd_session_write(&start->session, value);
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    if (start->replaces == 0) {
        etcd_txn_if_created(&txn, &key, 0);
    } else {
        etcd_txn_if_changed(&txn, &key, start->replaces);
    }
    etcd_txn_put(&txn, &key, value, length, etcd_lease_take(&core->lease));
    etcd_txn_get(&txn, ETCD_IF_FALSE, &key);
    item->operation = etcd_txn_write_operation(&txn);
}

static void refuse_start(struct start *start, enum error error)
{
    struct store_request *request = start->request;
    sessions_discard(start->core->settings.sessions, &request->hold);
    if (error == ERROR_STORE_AWAY || error == ERROR_STORE_FULL) {
        (void)atomic_fetch_add(&start->core->counts.refusals, 1);
    }
    free(start);
    etcd_core_answer(request, error);
}

static void accept_start(struct start *start, int64_t revision)
{
    struct store_request *request = start->request;
    struct sessions *sessions = start->core->settings.sessions;
    sessions_set_generation(sessions, request->hold.session, (uint64_t)revision);
    sessions_confirm(sessions, &request->hold);
    free(start);
    etcd_core_answer(request, ERROR_NONE);
}

/* A session is finished if all its messages were sent; of an inexact one nobody knows. */
static bool may_give_way(const struct etcd_core *core, const struct etcd_session *found)
{
    const bool is_finished = found->record.is_exact && found->record.sent == found->record.n + 1;
    /* A record of ours without a session is of a START that was given up, or was evicted. */
    return found->owner == etcd_core_id(core) || (found->owner == ETCD_NOBODY && is_finished);
}

/* There is a record already: perhaps ours, by an earlier try whose answer was lost. */
static void meet_record(struct start *start, const Etcd__KeyValue *kv)
{
    struct etcd_core *core = start->core;
    struct etcd_session found;
    if (kv != NULL && !etcd_core_read_session(kv, &start->item.uuid, &found)) {
        refuse_start(start, ERROR_STORE_AWAY);
        return;
    }
    if (kv != NULL && found.owner == start->session.owner && found.nonce == start->session.nonce) {
        accept_start(start, kv->mod_revision);
        return;
    }
    if (kv != NULL && !client_key_equal(&found.record.client, &start->session.record.client)) {
        refuse_start(start, ERROR_OTHER_CLIENT);
        return;
    }
    if ((kv != NULL && !may_give_way(core, &found)) || ++start->tries > TRIES_MAX) {
        refuse_start(start, ERROR_UUID_TAKEN);
        return;
    }
    start->replaces = kv == NULL ? 0 : kv->mod_revision;
    etcd_batch_add(&core->batch, &start->item);
}

static void start_done(struct etcd_item *item, enum etcd_item_outcome outcome,
                       const Etcd__TxnResponse *answer, int64_t revision)
{
    struct start *start = (struct start *)(void *)item;
    switch (outcome) {
    case ETCD_ITEM_TRUE:
        accept_start(start, revision);
        break;
    case ETCD_ITEM_FALSE:
        meet_record(start, etcd_txn_found(answer, 0));
        break;
    case ETCD_ITEM_FULL:
        refuse_start(start, ERROR_STORE_FULL);
        break;
    case ETCD_ITEM_UNKNOWN:
    case ETCD_ITEM_REFUSED:
    case ETCD_ITEM_DEAD:
        refuse_start(start, ERROR_STORE_AWAY);
        break;
    }
}

void etcd_core_create(struct etcd_core *core, struct store_request *request)
{
    const bool is_claimed = etcd_core_claims(core, &request->uuid);
    struct start *start = is_claimed ? NULL : calloc(1, sizeof *start);
    if (start == NULL || etcd_core_id(core) == ETCD_NOBODY) {
        free(start);
        sessions_discard(core->settings.sessions, &request->hold);
        etcd_core_answer(request, is_claimed ? ERROR_UUID_TAKEN : ERROR_STORE_AWAY);
        return;
    }
    start->core = core;
    start->request = request;
    sessions_describe(core->settings.sessions, request->hold.session, &start->session.record);
    start->session.record.is_exact = false; /* nobody writes what is sent of it */
    start->session.owner = etcd_core_id(core);
    start->session.nonce = etcd_core_nonce(core);
    start->item = (struct etcd_item){.uuid = request->uuid,
                                     .give_up_at = etcd_core_now(core) + ETCD_ANSWER_TIME,
                                     .is_limited = true,
                                     .make = make_start,
                                     .done = start_done};
    etcd_batch_add(&core->batch, &start->item);
}

/* ---- LOOK_UP --------------------------------------------------------------------------------- */

struct look_up {
    struct etcd_item item; /* first: a pointer to one is a pointer to the other */
    struct etcd_core *core;
    struct store_request *request;
    struct etcd_timer timer;
};

static void make_look_up(struct etcd_item *item)
{
    const struct look_up *look_up = (struct look_up *)(void *)item;
    const struct etcd_key key = etcd_key_session(look_up->core->settings.prefix, &item->uuid);
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    etcd_txn_get(&txn, ETCD_IF_TRUE, &key);
    item->operation = etcd_txn_write_operation(&txn);
}

static void answer_look_up(struct look_up *look_up, struct session *session, enum error error)
{
    struct store_request *request = look_up->request;
    if (session != NULL && !session_belongs_to(session, request->owner)) {
        session_unref(session);
        session = NULL;
        error = ERROR_OTHER_CLIENT;
    }
    request->session = session;
    free(look_up);
    etcd_core_answer(request, error);
}

static void look_again(struct etcd_timer *timer)
{
    struct look_up *look_up =
        (struct look_up *)(void *)((char *)timer - offsetof(struct look_up, timer));
    etcd_batch_add(&look_up->core->batch, &look_up->item);
}

static void answer_foreign(struct look_up *look_up, const struct etcd_session *found)
{
    struct session *session = session_of_record(&found->record);
    answer_look_up(look_up, session, session == NULL ? ERROR_STORE_AWAY : ERROR_NONE);
}

/* The record says that the session is here. If it is not, an earlier transaction whose answer was
 * given up has brought it: a claim finds out. */
static void look_here(struct look_up *look_up, const struct etcd_session *found)
{
    struct etcd_core *core = look_up->core;
    struct session *session = NULL;
    switch (sessions_look(core->settings.sessions, &found->record.uuid, &session)) {
    case SESSION_PRESENT:
        answer_look_up(look_up, session, ERROR_NONE);
        break;
    case SESSION_ABSENT:
        if (etcd_core_forgets(core, &found->record.uuid)) {
            answer_look_up(look_up, NULL, ERROR_NO_SESSION);
        } else {
            answer_foreign(look_up, found);
        }
        break;
    case SESSION_RESERVED:
        if (etcd_core_now(core) >= look_up->item.give_up_at) {
            answer_look_up(look_up, NULL, ERROR_STORE_AWAY);
        } else {
            etcd_timer_set(core, &look_up->timer, etcd_core_now(core) + ETCD_RESERVED_PAUSE,
                           look_again);
        }
        break;
    }
}

static void look_up_done(struct etcd_item *item, enum etcd_item_outcome outcome,
                         const Etcd__TxnResponse *answer, int64_t revision)
{
    struct look_up *look_up = (struct look_up *)(void *)item;
    struct etcd_session found;
    (void)revision;
    if (outcome != ETCD_ITEM_TRUE) {
        answer_look_up(look_up, NULL, ERROR_STORE_AWAY);
        return;
    }
    const Etcd__KeyValue *kv = etcd_txn_found(answer, 0);
    if (kv == NULL) {
        answer_look_up(look_up, NULL, ERROR_NO_SESSION);
    } else if (!etcd_core_read_session(kv, &item->uuid, &found)) {
        answer_look_up(look_up, NULL, ERROR_STORE_AWAY);
    } else if (found.owner == etcd_core_id(look_up->core)) {
        look_here(look_up, &found);
    } else {
        answer_foreign(look_up, &found);
    }
}

void etcd_core_look_up(struct etcd_core *core, struct store_request *request)
{
    struct look_up *look_up = calloc(1, sizeof *look_up);
    if (look_up == NULL || etcd_core_id(core) == ETCD_NOBODY) {
        free(look_up);
        request->session = NULL;
        etcd_core_answer(request, ERROR_STORE_AWAY);
        return;
    }
    look_up->core = core;
    look_up->request = request;
    look_up->item = (struct etcd_item){.uuid = request->uuid,
                                       .give_up_at = etcd_core_now(core) + ETCD_ANSWER_TIME,
                                       .make = make_look_up,
                                       .done = look_up_done};
    etcd_batch_add(&core->batch, &look_up->item);
}
