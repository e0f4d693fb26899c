#include "server/sessions/sessions_durable.h"

#include "server/sessions/sessions_shared.h"
#include "server/sessions/sessions_table.h"

void sessions_set_listener(struct sessions *sessions, struct session_listener *listener)
{
    sessions->listener = listener;
}

void sessions_count_start_locked(struct sessions *sessions, const struct session *session,
                                 const struct session *removed)
{
    sessions->events.started++;
    if (removed != NULL && !uuid_equal(&removed->uuid, &session->uuid)) {
        sessions->events.gave_way++;
    }
}

void sessions_confirm(struct sessions *sessions, const struct session_hold *hold)
{
    struct session *session = hold->session;
    (void)pthread_mutex_lock(&sessions->lock);
    struct session *replaced = session->replaced;
    session->replaced = NULL;
    session->is_pending = false;
    if (session->is_starting) {
        session->is_starting = false;
        sessions_count_start_locked(sessions, session, replaced);
    }
    if (session->owner != NULL) {
        sessions_add_owned_locked(sessions, session);
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    if (replaced != NULL) {
        sessions_drop_removed(sessions, replaced, &session->uuid);
    }
}

/*
 * Takes a session out of the map. If it is pending, puts the one back that it had replaced; returns
 * that one if its uuid has a session by now, else NULL.
 */
static struct session *undo_start_locked(struct sessions *sessions, struct session *session)
{
    struct session *replaced = session->is_pending ? session->replaced : NULL;
    sessions_remove_owned_locked(sessions, session);
    session_map_remove(&sessions->map, session);
    client_counts_remove(session);
    if (replaced == NULL) {
        return NULL;
    }
    if (session_map_find(&sessions->map, &replaced->uuid) != NULL) {
        sessions->events.gave_way++; /* it cannot come back */
        return replaced;
    }
    session_map_insert(&sessions->map, replaced);
    sessions_add_idle_locked(sessions, replaced);
    return NULL;
}

void sessions_discard(struct sessions *sessions, struct session_hold *hold)
{
    struct session *session = hold->session;
    struct session *dropped = NULL;
    if (session == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&sessions->lock);
    const bool is_owned = session->owner == hold->owner;
    if (is_owned) {
        dropped = undo_start_locked(sessions, session);
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    if (dropped != NULL) {
        sessions_drop_removed(sessions, dropped, &session->uuid);
    }
    if (is_owned) {
        session_unref(session);
        memory_release(sessions->settings.memory, SESSION_MEMORY);
    }
    session_unref(session);
    *hold = (struct session_hold){0};
}

bool sessions_describe(struct sessions *sessions, const struct session *session,
                       struct session_record *ret_record)
{
    (void)pthread_mutex_lock(&sessions->lock);
    session_describe(session, ret_record);
    ret_record->attempt = session->attempt;
    const bool is_in_map = session->link != NULL;
    (void)pthread_mutex_unlock(&sessions->lock);
    return is_in_map;
}

bool session_note(struct session *session)
{
    return !atomic_exchange_explicit(&session->is_noted, true, memory_order_acq_rel);
}

void session_take_note(struct session *session)
{
    (void)atomic_exchange_explicit(&session->is_noted, false, memory_order_acq_rel);
}

bool sessions_restore(struct sessions *sessions, const struct session_record *record)
{
    struct session *session = session_of_record(record);
    if (session == NULL) {
        return false;
    }
    (void)pthread_mutex_lock(&sessions->lock);
    const bool is_new = session_map_find(&sessions->map, &record->uuid) == NULL;
    if (is_new) {
        session_map_insert(&sessions->map, session);
        sessions_add_idle_locked(sessions, session);
        if (record->generation > sessions->generation) {
            sessions->generation = record->generation;
        }
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    if (is_new) {
        memory_use(sessions->settings.memory, SESSION_MEMORY);
    } else {
        session_unref(session);
    }
    return is_new;
}
