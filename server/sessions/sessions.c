#include "server/sessions/sessions.h"

#include "server/sessions/sessions_table.h"

#include <sodium.h>

#include <stdlib.h>

enum { REAP_BATCH = 256 }; /* sessions evicted under one lock: bounds how long it is held */

struct sessions *sessions_create(const struct sessions_settings *settings)
{
    if (sodium_init() < 0) {
        return NULL;
    }
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions == NULL) {
        return NULL;
    }
    sessions->settings = *settings;
    if (!session_map_init(&sessions->map, settings->max_sessions)) {
        goto no_map;
    }
    if (!client_counts_init(&sessions->clients, settings->max_client_sessions,
                            sessions->map.bucket_count, sessions->map.key)) {
        goto no_clients;
    }
    if (pthread_mutex_init(&sessions->lock, NULL) != 0) {
        goto no_lock;
    }
    if (clock_condition_init(&sessions->idle_changed) != 0) {
        goto no_condition;
    }
    return sessions;

no_condition:
    (void)pthread_mutex_destroy(&sessions->lock);
no_lock:
    client_counts_cleanup(&sessions->clients);
no_clients:
    session_map_cleanup(&sessions->map);
no_map:
    free(sessions);
    return NULL;
}

void sessions_destroy(struct sessions *sessions)
{
    if (sessions == NULL) {
        return;
    }
    (void)pthread_cond_destroy(&sessions->idle_changed);
    (void)pthread_mutex_destroy(&sessions->lock);
    client_counts_cleanup(&sessions->clients);
    session_map_cleanup(&sessions->map);
    free(sessions);
}

void sessions_add_idle_locked(struct sessions *sessions, struct session *session)
{
    session->since = sessions->settings.clock->now(sessions->settings.clock);
    if (idle_sessions_first(&sessions->idle) == NULL) {
        /* In any other case the reaper wakes earlier, for the session that was left first. */
        (void)pthread_cond_signal(&sessions->idle_changed);
    }
    idle_sessions_add(&sessions->idle, session);
}

void sessions_add_owned_locked(struct sessions *sessions, struct session *session)
{
    if (!session->is_pending) {
        session->since = sessions->settings.clock->now(sessions->settings.clock);
        session_list_add(&sessions->owned, session);
    }
}

void sessions_remove_owned_locked(struct sessions *sessions, struct session *session)
{
    if (!session->is_pending) {
        session_list_remove(&sessions->owned, session);
    }
}

/* Takes an idle session out of the map and its list. The caller gets the map's reference. */
static void remove_locked(struct sessions *sessions, struct session *session)
{
    session_map_remove(&sessions->map, session);
    idle_sessions_remove(&sessions->idle, session);
    client_counts_remove(session);
}

/*
 * Puts a new session into the map. *ret_removed: the finished session that it replaced, or that
 * gave way to it; NULL: none, or the new session is pending and keeps it until it is confirmed.
 */
static enum error start_locked(struct sessions *sessions, struct session *session,
                               struct client_count **spare, struct session **ret_removed)
{
    struct session *removed = session_map_find(&sessions->map, &session->uuid);
    if (removed != NULL) {
        if (!client_key_equal(&removed->client, &session->client)) {
            return ERROR_OTHER_CLIENT;
        }
        if (removed->owner != NULL || !session_is_finished(removed)) {
            return ERROR_UUID_TAKEN;
        }
    } else if (sessions->map.count >= sessions->settings.max_sessions) {
        removed = idle_sessions_first_finished(&sessions->idle);
        if (removed == NULL) {
            return ERROR_TOO_MANY_SESSIONS;
        }
    }
    if (!client_counts_add(&sessions->clients, session, spare)) {
        return ERROR_TOO_MANY_CLIENT_SESSIONS;
    }
    if (removed != NULL) {
        remove_locked(sessions, removed);
    }
    session->generation = ++sessions->generation;
    session->is_pending = session->is_starting = sessions->settings.starts_pending;
    session_map_insert(&sessions->map, session);
    sessions_add_owned_locked(sessions, session);
    if (session->is_pending) {
        session->replaced = removed;
    } else {
        sessions_count_start_locked(sessions, session, removed);
        *ret_removed = removed;
    }
    return ERROR_NONE;
}

static void tell_forgotten(const struct sessions *sessions, const struct session *session)
{
    if (sessions->listener != NULL) {
        sessions->listener->forgotten(sessions->listener, session);
    }
}

void sessions_drop_removed(const struct sessions *sessions, struct session *removed,
                           const struct uuid *by)
{
    bool gave_way = !uuid_equal(&removed->uuid, by);
    if (gave_way && sessions->settings.gave_way != NULL) {
        sessions->settings.gave_way(removed);
    }
    tell_forgotten(sessions, removed);
    session_unref(removed);
    memory_release(sessions->settings.memory, SESSION_MEMORY);
}

enum error sessions_start(struct sessions *sessions, const struct uuid *uuid, uint32_t n,
                          uint32_t attempt, struct session_owner *owner,
                          struct session_hold *ret_hold)
{
    struct session *session = session_create(uuid, n);
    struct client_count *spare = NULL;
    if (session == NULL || !client_counts_prepare(&sessions->clients, owner, &spare)) {
        free(session);
        return ERROR_TOO_MANY_SESSIONS;
    }
    session->owner = owner;
    session->attempt = attempt;
    if (owner->client != NULL) {
        session->client = *owner->client;
    }
    session_ref(session); /* for the map; the first reference is for the hold */
    struct session *removed = NULL;

    (void)pthread_mutex_lock(&sessions->lock);
    enum error error = start_locked(sessions, session, &spare, &removed);
    (void)pthread_mutex_unlock(&sessions->lock);
    free(spare);

    if (error != ERROR_NONE) {
        session_unref(session);
        session_unref(session);
        return error;
    }
    memory_use(sessions->settings.memory, SESSION_MEMORY);
    if (removed != NULL) {
        sessions_drop_removed(sessions, removed, uuid);
    }
    *ret_hold = (struct session_hold){.session = session, .owner = owner, .epoch = 1};
    return ERROR_NONE;
}

struct session *sessions_find(struct sessions *sessions, const struct uuid *uuid)
{
    (void)pthread_mutex_lock(&sessions->lock);
    struct session *session = session_map_find(&sessions->map, uuid);
    if (session != NULL && session->is_pending) {
        session = NULL;
    }
    if (session != NULL) {
        session_ref(session);
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    return session;
}

static void change_owner_locked(struct sessions *sessions, struct session *session,
                                struct session_owner *owner)
{
    if (session->owner != NULL) {
        session->owner->lose(session->owner);
        sessions_remove_owned_locked(sessions, session);
    } else {
        idle_sessions_remove(&sessions->idle, session);
    }
    session->owner = owner;
    sessions_add_owned_locked(sessions, session);
}

enum session_claim sessions_take_locked(struct sessions *sessions, struct session *session,
                                        uint32_t attempt, struct session_owner *owner,
                                        struct session_hold *ret_hold,
                                        struct session_before *ret_before)
{
    if (session->link == NULL || session->is_pending) {
        return SESSION_GONE;
    }
    *ret_before = (struct session_before){.was_owned = session->owner != NULL,
                                          .attempt = session->attempt,
                                          .sent = session_sent(session)};
    if (attempt != 0 && attempt <= session->attempt) {
        return SESSION_OLDER_ATTEMPT;
    }
    change_owner_locked(sessions, session, owner);
    session->attempt = attempt == 0 ? session->attempt : attempt;
    session_ref(session);
    *ret_hold = (struct session_hold){
        .session = session, .owner = owner, .epoch = session_raise_epoch(session)};
    return SESSION_CLAIMED;
}

enum session_claim sessions_take(struct sessions *sessions, struct session *session,
                                 uint32_t attempt, struct session_owner *owner,
                                 struct session_hold *ret_hold, struct session_before *ret_before)
{
    struct client_count *spare = NULL;
    (void)client_counts_prepare(&sessions->clients, owner, &spare); /* without memory: no count */
    (void)pthread_mutex_lock(&sessions->lock);
    enum session_claim claim =
        sessions_take_locked(sessions, session, attempt, owner, ret_hold, ret_before);
    if (claim == SESSION_CLAIMED) {
        client_counts_take(&sessions->clients, session, &spare);
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    free(spare);
    return claim;
}

void sessions_leave(struct sessions *sessions, struct session_hold *hold)
{
    if (hold->session == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&sessions->lock);
    if (hold->session->owner == hold->owner) {
        hold->session->owner = NULL;
        sessions_remove_owned_locked(sessions, hold->session);
        if (session_is_finished(hold->session)) {
            client_counts_remove(hold->session);
        }
        sessions_add_idle_locked(sessions, hold->session);
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    session_unref(hold->session);
    *hold = (struct session_hold){0};
}

/* Takes a batch of expired sessions out of the map, linked by `next`. */
static struct session *take_expired_locked(struct sessions *sessions)
{
    const struct clock *clock = sessions->settings.clock;
    int64_t now = clock->now(clock);
    struct session *batch = NULL;
    for (int i = 0; i < REAP_BATCH; i++) {
        struct session *session = idle_sessions_first(&sessions->idle);
        if (session == NULL || clock_add(session->since, sessions->settings.timeout_ns) > now) {
            break;
        }
        sessions->events.evicted_finished += session_is_finished(session);
        sessions->events.evicted_unfinished += !session_is_finished(session);
        remove_locked(sessions, session);
        session->next = batch;
        batch = session;
    }
    return batch;
}

static int64_t next_expiry_locked(const struct sessions *sessions)
{
    const struct session *first = idle_sessions_first(&sessions->idle);
    return first == NULL ? CLOCK_NEVER : clock_add(first->since, sessions->settings.timeout_ns);
}

bool sessions_reap(struct sessions *sessions, void (*evicted)(const struct session *session))
{
    const struct clock *clock = sessions->settings.clock;
    struct session *batch = NULL;

    (void)pthread_mutex_lock(&sessions->lock);
    while (!sessions->stopping && (batch = take_expired_locked(sessions)) == NULL) {
        clock->wait(clock, &sessions->idle_changed, &sessions->lock, next_expiry_locked(sessions));
    }
    bool go_on = !sessions->stopping;
    (void)pthread_mutex_unlock(&sessions->lock);

    uint64_t freed = 0;
    while (batch != NULL) {
        struct session *next = batch->next;
        evicted(batch);
        tell_forgotten(sessions, batch);
        session_unref(batch);
        freed += SESSION_MEMORY;
        batch = next;
    }
    memory_release(sessions->settings.memory, freed);
    return go_on;
}

void sessions_stop_reaping(struct sessions *sessions)
{
    (void)pthread_mutex_lock(&sessions->lock);
    sessions->stopping = true;
    (void)pthread_cond_signal(&sessions->idle_changed);
    (void)pthread_mutex_unlock(&sessions->lock);
}

uint64_t sessions_count(struct sessions *sessions)
{
    (void)pthread_mutex_lock(&sessions->lock);
    uint64_t count = sessions->map.count;
    (void)pthread_mutex_unlock(&sessions->lock);
    return count;
}

struct sessions_counts sessions_read_counts(struct sessions *sessions)
{
    (void)pthread_mutex_lock(&sessions->lock);
    const uint64_t idle = sessions->idle.unfinished.count;
    const uint64_t finished = sessions->idle.finished.count;
    const struct sessions_counts counts = {.owned = sessions->map.count - idle - finished,
                                           .idle = idle,
                                           .finished = finished,
                                           .events = sessions->events};
    (void)pthread_mutex_unlock(&sessions->lock);
    return counts;
}
