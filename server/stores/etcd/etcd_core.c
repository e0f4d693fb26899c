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
    etcd_core_watch(core);
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

static void batch_lost_lease(struct etcd_batch_events *events)
{
    etcd_lease_lose(&CORE_OF(events, batch_events)->lease);
}

static void heartbeat_lost_lease(struct etcd_heartbeat_events *events)
{
    etcd_lease_lose(&CORE_OF(events, heartbeat_events)->lease);
}

static void lose_nothing(struct session_owner *owner)
{
    (void)owner; /* a session that is being given away is found by nobody */
}

static void heartbeat_read(struct etcd_heartbeat_events *events, const Etcd__RangeResponse *servers,
                           const Etcd__RangeResponse *wishes, const Etcd__RangeResponse *answers)
{
    etcd_core_hear_all(CORE_OF(events, heartbeat_events), servers, wishes, answers);
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
                                                    .lost_lease = batch_lost_lease,
                                                    .answered = group_answered,
                                                    .unanswered = group_unanswered};
    core->heartbeat_events = (struct etcd_heartbeat_events){.born = be_born,
                                                            .died = die,
                                                            .read = heartbeat_read,
                                                            .lost_lease = heartbeat_lost_lease,
                                                            .answered = heartbeat_answered};
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

/*
 * Without a lease nothing is put but the heartbeat of a server that lives: no server is born, none
 * says farewell, and no group is sent, until there is one. A full etcd grants none: there what
 * exists goes on without, and is written again when a lease comes.
 */
static int64_t run_lease(struct etcd_core *core)
{
    const struct etcd_lease *lease = &core->lease;
    const int64_t next = etcd_lease_run(&core->lease);
    set_full(core, core->batch.is_full || lease->is_full);
    core->heartbeat.lease = lease->id;
    core->batch.lease_state = lease->id != 0   ? ETCD_LEASE_THERE
                              : lease->is_full ? ETCD_LEASE_REFUSED
                                               : ETCD_LEASE_AWAITED;
    if (lease->id != 0 && lease->was_missed) {
        core->lease.was_missed = false;
        core->refresh_at = etcd_core_now(core);
        core->refresh_next = core->batch.revision;
    }
    return next;
}

static int64_t run_heartbeat(struct etcd_core *core)
{
    const struct etcd_heartbeat *heartbeat = &core->heartbeat;
    if (core->batch.lease_state != ETCD_LEASE_AWAITED ||
        (heartbeat->created != 0 && !heartbeat->is_farewell)) {
        return etcd_heartbeat_run(&core->heartbeat);
    }
    if (heartbeat->created == 0 && !core->lease.is_asking) {
        hear_nothing(core);
    }
    return CLOCK_NEVER;
}

int64_t etcd_core_run(struct etcd_core *core)
{
    int64_t next = run_lease(core);
    next = clock_earlier(next, run_heartbeat(core));
    next = clock_earlier(next, etcd_timers_run(core));
    etcd_core_give_idle(core);
    etcd_core_refresh(core);
    next = clock_earlier(next, etcd_batch_run(&core->batch));
    atomic_store(&core->counts.queue, etcd_batch_count(&core->batch) + core->batch.sent);
    const bool goes_on = core->is_refreshing && core->refreshes == 0 && !core->is_draining;
    if (core->is_refreshing) {
        return goes_on ? etcd_core_now(core) : next;
    }
    return clock_earlier(next, core->refresh_at);
}
