#include "server/stores/etcd/etcd_core.h"

#include "shared/base/log.h"
#include "shared/base/log_limit.h"

#include <sodium.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define AWAY_AFTER (1500 * NS_PER_MS) /* from the first call without an answer on */

enum { ID_TEXT_SIZE = 17, MALFORMED_LOGGED_MAX = 1 };

#define CORE_OF(events, field)                                                                     \
    ((struct etcd_core *)(void *)((char *)(events)-offsetof(struct etcd_core, field)))

int64_t etcd_core_now(const struct etcd_core *core)
{
    return core->settings.clock->now(core->settings.clock);
}

uint64_t etcd_core_nonce(struct etcd_core *core)
{
    return ++core->nonce;
}

uint64_t etcd_core_id(const struct etcd_core *core)
{
    return core->heartbeat.id;
}

void etcd_core_answer(struct store_request *request, enum error outcome)
{
    request->outcome = outcome;
    request->done(request);
}

/* ---- Whether etcd answers -------------------------------------------------------------------- */

static void set_away(struct etcd_core *core, bool is_away)
{
    if (atomic_load(&core->counts.is_away) == is_away) {
        return;
    }
    atomic_store(&core->counts.is_away, is_away);
    if (is_away) {
        log_event(LOG_LEVEL_WARN, "store away",
                  log_text("effect", "no session starts or comes from another server; those of "
                                     "this server go on as long as it can say that it owns them"));
    } else {
        log_event(LOG_LEVEL_NOTICE, "store back",
                  log_number("sessions", sessions_count(core->settings.sessions)));
    }
}

static void hear_from_etcd(struct etcd_core *core)
{
    core->unanswered_since = CLOCK_NEVER;
    if (core->heartbeat.created != 0) {
        set_away(core, false);
    }
}

static void hear_nothing(struct etcd_core *core)
{
    const int64_t now = etcd_core_now(core);
    core->unanswered_since = now < core->unanswered_since ? now : core->unanswered_since;
    if (now - core->unanswered_since > AWAY_AFTER) {
        set_away(core, true);
    }
}

static void set_full(struct etcd_core *core, bool is_full)
{
    if (atomic_exchange(&core->counts.is_full, is_full) != is_full) {
        log_event(is_full ? LOG_LEVEL_WARN : LOG_LEVEL_NOTICE,
                  is_full ? "store full" : "store not full any more",
                  log_text("action", is_full ? "compact and defragment etcd, raise its quota, and "
                                               "disarm its alarm"
                                             : NULL));
    }
}

static void group_answered(struct etcd_batch_events *events, int64_t latency_ns, size_t items)
{
    struct etcd_core *core = CORE_OF(events, batch_events);
    hear_from_etcd(core);
    store_latency_add(&core->counts.latency, latency_ns);
    (void)atomic_fetch_add(&core->counts.writes, items);
}

static void group_unanswered(struct etcd_batch_events *events)
{
    hear_nothing(CORE_OF(events, batch_events));
}

static void heartbeat_answered(struct etcd_heartbeat_events *events, bool has_answer)
{
    struct etcd_core *core = CORE_OF(events, heartbeat_events);
    if (has_answer) {
        hear_from_etcd(core);
    } else {
        hear_nothing(core);
    }
}

/* ---- The life of this server ----------------------------------------------------------------- */

static void watch(struct etcd_core *core)
{
    const char *prefix = core->settings.prefix;
    const uint64_t id = etcd_core_id(core);
    const struct etcd_key beginnings[ETCD_WATCHES_MAX] = {
        etcd_key_servers(prefix), etcd_key_wishes(prefix, id), etcd_key_answers(prefix, id)};
    struct etcd_bytes requests[ETCD_WATCHES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < ETCD_WATCHES_MAX; i++) {
        const struct etcd_key end = etcd_key_end(&beginnings[i]);
        requests[count] = etcd_write_watch(&beginnings[i], &end, 0);
        count += requests[count].data == NULL ? 0 : 1;
    }
    core->settings.link->watch(core->settings.link, requests, count, &core->watcher);
}

static void begin_life(struct etcd_core *core, const uint64_t *predecessors, size_t count)
{
    uint64_t id = ETCD_NOBODY;
    while (id == ETCD_NOBODY) {
        randombytes_buf(&id, sizeof id);
    }
    if (core->settings.took_id != NULL) {
        core->settings.took_id(core->settings.context, id, false);
    }
    etcd_heartbeat_begin(&core->heartbeat, id, predecessors, count);
}

static void be_born(struct etcd_heartbeat_events *events)
{
    struct etcd_core *core = CORE_OF(events, heartbeat_events);
    char text[ID_TEXT_SIZE];
    core->batch.server = etcd_key_server(core->settings.prefix, etcd_core_id(core));
    core->batch.quota = etcd_key_quota(core->settings.prefix);
    core->batch.created = core->heartbeat.created;
    if (core->settings.took_id != NULL) {
        core->settings.took_id(core->settings.context, etcd_core_id(core), true);
    }
    (void)snprintf(text, sizeof text, "%016" PRIx64, etcd_core_id(core));
    log_event(LOG_LEVEL_NOTICE, "store joined", log_word("id", text));
    hear_from_etcd(core);
    watch(core);
}

/* Others may have our sessions by now. A new server begins, without any. */
static void die(struct etcd_heartbeat_events *events)
{
    struct etcd_core *core = CORE_OF(events, heartbeat_events);
    log_event(LOG_LEVEL_ERROR, "declared dead",
              log_number("sessions", sessions_count(core->settings.sessions)),
              log_text("effect", "their streams end; clients go on at the servers that have them"));
    set_away(core, true);
    sessions_abandon_all(core->settings.sessions);
    etcd_batch_end_all(&core->batch);
    etcd_core_end_claims(core);
    etcd_core_end_gifts(core);
    if (!core->is_closing) {
        begin_life(core, NULL, 0);
    }
}

static void found_dead(struct etcd_batch_events *events)
{
    etcd_heartbeat_die(&CORE_OF(events, batch_events)->heartbeat);
}

static void lost_lease(struct etcd_batch_events *events)
{
    etcd_lease_lose(&CORE_OF(events, batch_events)->lease);
}

static void lose_nothing(struct session_owner *owner)
{
    (void)owner; /* a session that is being given away is found by nobody */
}

/* ---- What etcd has --------------------------------------------------------------------------- */

static void hear_key(struct etcd_core *core, const Etcd__KeyValue *kv)
{
    const char *prefix = core->settings.prefix;
    const size_t length = strlen(prefix);
    struct etcd_wish wish;
    struct etcd_answer answer;
    if (kv->key.len < length + 3) {
        return;
    }
    switch (kv->key.data[length + 1]) {
    case 'v': {
        const uint64_t id = etcd_key_read_id(prefix, kv->key.data, kv->key.len);
        if (id != ETCD_NOBODY && id != etcd_core_id(core)) {
            etcd_servers_see(&core->servers, id, kv->mod_revision, etcd_core_now(core));
        }
        break;
    }
    case 'w':
        if (etcd_wish_read(kv->value.data, kv->value.len, &wish)) {
            etcd_core_hear_wish(core, &wish);
        }
        break;
    case 'h':
        if (etcd_answer_read(kv->value.data, kv->value.len, &answer)) {
            etcd_core_hear_answer(core, &answer, kv->mod_revision);
        }
        break;
    default:
        break;
    }
}

static void hear_range(struct etcd_core *core, const Etcd__RangeResponse *range)
{
    for (size_t i = 0; i < range->n_kvs; i++) {
        hear_key(core, range->kvs[i]);
    }
}

static bool lists(const struct etcd_core *core, const Etcd__RangeResponse *servers, uint64_t id)
{
    for (size_t i = 0; i < servers->n_kvs; i++) {
        const Etcd__KeyValue *kv = servers->kvs[i];
        if (etcd_key_read_id(core->settings.prefix, kv->key.data, kv->key.len) == id) {
            return true;
        }
    }
    return false;
}

static void heartbeat_read(struct etcd_heartbeat_events *events, const Etcd__RangeResponse *servers,
                           const Etcd__RangeResponse *wishes, const Etcd__RangeResponse *answers)
{
    struct etcd_core *core = CORE_OF(events, heartbeat_events);
    hear_range(core, servers);
    for (size_t i = core->servers.count; i > 0; i--) {
        const struct etcd_server *server = &core->servers.items[i - 1];
        if (server->revision > 0 && !server->is_dead && !lists(core, servers, server->id)) {
            const uint64_t id = server->id;
            etcd_servers_miss(&core->servers, id);
            etcd_core_hear_of_server(core, id);
        }
    }
    hear_range(core, answers);
    hear_range(core, wishes);
}

static void happened(struct etcd_watcher *watcher, const Etcd__Event *event)
{
    struct etcd_core *core = CORE_OF(watcher, watcher);
    if (event->type == ETCD__EVENT__EVENT_TYPE__PUT) {
        hear_key(core, event->kv);
        return;
    }
    const uint64_t id =
        etcd_key_read_id(core->settings.prefix, event->kv->key.data, event->kv->key.len);
    if (id != ETCD_NOBODY && id != etcd_core_id(core)) {
        etcd_servers_miss(&core->servers, id);
        etcd_core_hear_of_server(core, id);
    }
}

static void watch_began(struct etcd_watcher *watcher)
{
    etcd_heartbeat_hurry(&CORE_OF(watcher, watcher)->heartbeat);
}

bool etcd_core_read_session(const Etcd__KeyValue *found, const struct uuid *uuid,
                            struct etcd_session *ret_session)
{
    static struct log_limit limit = LOG_LIMIT(MALFORMED_LOGGED_MAX);
    uint64_t skipped;
    if (found == NULL) {
        return false;
    }
    if (!etcd_session_read(found->value.data, found->value.len, ret_session)) {
        if (log_limit_admit(&limit, clock_monotonic.now(&clock_monotonic), 0, &skipped)) {
            log_event(LOG_LEVEL_ERROR, "store record malformed", log_uuid("uuid", uuid),
                      log_skipped(skipped));
        }
        return false;
    }
    ret_session->record.uuid = *uuid;
    ret_session->record.generation = (uint64_t)found->mod_revision;
    return true;
}

/* ---- Running --------------------------------------------------------------------------------- */

void etcd_core_init(struct etcd_core *core, const struct etcd_core_settings *settings)
{
    *core = (struct etcd_core){.settings = *settings};
    core->batch_events = (struct etcd_batch_events){.declared_dead = found_dead,
                                                    .lost_lease = lost_lease,
                                                    .answered = group_answered,
                                                    .unanswered = group_unanswered};
    core->heartbeat_events = (struct etcd_heartbeat_events){
        .born = be_born, .died = die, .read = heartbeat_read, .answered = heartbeat_answered};
    core->watcher = (struct etcd_watcher){.happened = happened, .began = watch_began};
    core->owner.lose = lose_nothing;
    etcd_batch_init(&core->batch, settings->link, settings->clock, &core->batch_events);
    etcd_heartbeat_init(&core->heartbeat, settings->link, settings->clock, settings->prefix,
                        &core->heartbeat_events);
    etcd_lease_init(&core->lease, settings->link, settings->clock, settings->session_timeout_ns);
    atomic_init(&core->counts.is_away, false);
    core->unanswered_since = CLOCK_NEVER;
    core->refresh_at = etcd_core_now(core) + ETCD_REFRESH;
    begin_life(core, settings->predecessors, settings->predecessor_count);
}

static int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

int64_t etcd_core_run(struct etcd_core *core)
{
    int64_t next = etcd_lease_run(&core->lease);
    set_full(core, core->batch.is_full || core->lease.is_full);
    core->heartbeat.lease = core->lease.id;
    /* Records need a lease from the first one on; a full etcd grants none, and takes none new. */
    if (core->lease.id != 0 || core->heartbeat.created != 0 || core->lease.is_full) {
        next = earlier(next, etcd_heartbeat_run(&core->heartbeat));
    } else if (!core->lease.is_asking) {
        hear_nothing(core);
    }
    next = earlier(next, etcd_timers_run(core));
    etcd_core_give_idle(core);
    etcd_core_refresh(core);
    next = earlier(next, etcd_batch_run(&core->batch));
    atomic_store(&core->counts.queue, etcd_batch_count(&core->batch));
    const bool goes_on = core->is_refreshing && core->refreshes == 0 && !core->is_draining;
    return goes_on ? etcd_core_now(core) : earlier(next, core->refresh_at);
}
