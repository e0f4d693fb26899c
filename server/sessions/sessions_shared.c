#include "server/sessions/sessions_shared.h"

#include "server/sessions/sessions_table.h"

struct session *session_of_record(const struct session_record *record)
{
    struct session *session = session_create(&record->uuid, record->n);
    if (session != NULL) {
        session_set_sent(session, record->sent);
        atomic_init(&session->is_inexact, !record->is_exact);
        session->client = record->client;
        session->attempt = record->attempt;
        session->generation = record->generation;
    }
    return session;
}

void sessions_set_generation(struct sessions *sessions, struct session *session,
                             uint64_t generation)
{
    (void)pthread_mutex_lock(&sessions->lock);
    session->generation = generation;
    (void)pthread_mutex_unlock(&sessions->lock);
}

enum session_presence sessions_look(struct sessions *sessions, const struct uuid *uuid,
                                    struct session **ret_session)
{
    enum session_presence presence = SESSION_ABSENT;
    (void)pthread_mutex_lock(&sessions->lock);
    struct session *session = session_map_find(&sessions->map, uuid);
    if (session != NULL) {
        presence = session->is_pending ? SESSION_RESERVED : SESSION_PRESENT;
    }
    if (presence == SESSION_PRESENT) {
        session_ref(session);
        *ret_session = session;
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    return presence;
}

/* Nobody finds the session any more. It has replaced none. */
static void hide_locked(struct sessions *sessions, struct session *session)
{
    sessions_remove_owned_locked(sessions, session);
    session->is_pending = true;
    session->replaced = NULL;
}

enum session_claim sessions_withdraw(struct sessions *sessions, struct session *session,
                                     uint32_t attempt, struct session_owner *owner,
                                     struct session_hold *ret_hold,
                                     struct session_before *ret_before)
{
    (void)pthread_mutex_lock(&sessions->lock);
    enum session_claim claim =
        sessions_take_locked(sessions, session, attempt, owner, ret_hold, ret_before);
    if (claim == SESSION_CLAIMED) {
        hide_locked(sessions, session);
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    return claim;
}

size_t sessions_withdraw_idle(struct sessions *sessions, struct session_owner *owner,
                              struct session_hold *ret_holds, size_t max)
{
    size_t count = 0;
    struct session *session;
    struct session_before before;
    (void)pthread_mutex_lock(&sessions->lock);
    while (count < max && (session = idle_sessions_first(&sessions->idle)) != NULL) {
        (void)sessions_take_locked(sessions, session, 0, owner, &ret_holds[count], &before);
        hide_locked(sessions, session);
        count++;
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    return count;
}

/* False: there are more than fit. */
static bool list_bucket(const struct session *session, uint64_t generation,
                        struct session_record *ret_records, size_t max, size_t *ret_count)
{
    size_t count = 0;
    for (; session != NULL; session = session->next) {
        if (session->is_pending || session->generation > generation) {
            continue;
        }
        if (count == max) {
            break;
        }
        session_describe(session, &ret_records[count]);
        ret_records[count++].attempt = session->attempt;
    }
    *ret_count = count;
    return session == NULL;
}

size_t sessions_list(struct sessions *sessions, uint64_t generation, uint64_t *place,
                     struct session_record *ret_records, size_t max)
{
    enum { BUCKETS_MAX = 4096 }; /* under one lock */
    size_t count = 0;
    (void)pthread_mutex_lock(&sessions->lock);
    const struct session_map *map = &sessions->map;
    for (int i = 0; i < BUCKETS_MAX && *place < map->bucket_count; i++) {
        size_t listed = 0;
        const bool is_whole = list_bucket(map->buckets[*place], generation, ret_records + count,
                                          max - count, &listed);
        if (!is_whole && count > 0) {
            break; /* the whole bucket comes the next time */
        }
        count += listed;
        ++*place;
    }
    if (*place >= map->bucket_count) {
        *place = 0;
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    return count;
}

/* Returns the session that a START which is not confirmed had replaced; NULL: none. */
static struct session *abandon_locked(struct sessions *sessions, struct session *session)
{
    struct session *replaced = session->is_pending ? session->replaced : NULL;
    if (session->is_pending) {
        session->replaced = NULL;
    }
    session_map_remove(&sessions->map, session);
    client_counts_remove(session);
    atomic_store_explicit(&session->is_abandoned, true, memory_order_release);
    (void)session_raise_epoch(session);
    if (session->owner == NULL) {
        idle_sessions_remove(&sessions->idle, session);
    } else {
        session->owner->lose(session->owner);
        session->owner = NULL;
        sessions_remove_owned_locked(sessions, session);
    }
    return replaced;
}

void sessions_abandon_all(struct sessions *sessions)
{
    uint64_t freed = 0;
    for (uint64_t i = 0; i < sessions->map.bucket_count; i++) {
        struct session *session;
        do {
            struct session *replaced = NULL;
            (void)pthread_mutex_lock(&sessions->lock);
            session = sessions->map.buckets[i];
            if (session != NULL) {
                replaced = abandon_locked(sessions, session);
            }
            (void)pthread_mutex_unlock(&sessions->lock);
            if (replaced != NULL) {
                session_unref(replaced);
                freed += SESSION_MEMORY;
            }
            if (session != NULL) {
                session_unref(session);
                freed += SESSION_MEMORY;
            }
        } while (session != NULL);
    }
    memory_release(sessions->settings.memory, freed);
}

bool session_is_abandoned(const struct session *session)
{
    return atomic_load_explicit(&session->is_abandoned, memory_order_acquire);
}
