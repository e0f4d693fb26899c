#include "server/sessions/sessions.h"

#include "server/sessions/idle_sessions.h"
#include "server/sessions/session.h"

#include <sodium.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS_MIN = 64,
    REAP_BATCH = 256, /* sessions evicted under one lock: bounds how long it is held */
    /* Bytes of a session on the heap, with glibc's word before it, as it rounds them up. */
    SESSION_MEMORY = (sizeof(struct session) + sizeof(size_t) + 15) / 16 * 16
};

struct sessions {
    struct sessions_settings settings;

    /*
     * One bucket for every session that the limit allows: the table never has to grow while other
     * threads wait for the lock. Unused buckets cost nothing, since the kernel gives a page only
     * when it is written.
     */
    struct session **buckets;
    uint64_t bucket_count; /* a power of two */

    /* Clients choose the uuids. Without a secret key a client could choose all for one bucket. */
    unsigned char key[crypto_shorthash_KEYBYTES];

    pthread_mutex_t lock;

    /* lock */
    uint64_t count;
    struct idle_sessions idle;
    bool stopping;
    pthread_cond_t idle_changed; /* signalled for the first idle session, and for `stopping` */
};

static uint64_t bucket_count_for(uint64_t max_sessions)
{
    uint64_t count = BUCKETS_MIN;
    while (count < max_sessions) {
        count *= 2;
    }
    return count;
}

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
    sessions->bucket_count = bucket_count_for(settings->max_sessions);
    sessions->buckets = calloc(sessions->bucket_count, sizeof *sessions->buckets);
    if (sessions->buckets == NULL) {
        goto no_buckets;
    }
    if (pthread_mutex_init(&sessions->lock, NULL) != 0) {
        goto no_lock;
    }
    if (clock_condition_init(&sessions->idle_changed) != 0) {
        goto no_condition;
    }
    crypto_shorthash_keygen(sessions->key);
    return sessions;

no_condition:
    (void)pthread_mutex_destroy(&sessions->lock);
no_lock:
    free(sessions->buckets);
no_buckets:
    free(sessions);
    return NULL;
}

void sessions_destroy(struct sessions *sessions)
{
    if (sessions == NULL) {
        return;
    }
    for (uint64_t i = 0; i < sessions->bucket_count && sessions->count > 0; i++) {
        struct session *next;
        for (struct session *session = sessions->buckets[i]; session != NULL; session = next) {
            next = session->next;
            sessions->count--;
            session_unref(session);
        }
    }
    (void)pthread_cond_destroy(&sessions->idle_changed);
    (void)pthread_mutex_destroy(&sessions->lock);
    free(sessions->buckets);
    free(sessions);
}

static struct session **bucket_of(struct sessions *sessions, const struct uuid *uuid)
{
    unsigned char digest[crypto_shorthash_BYTES];
    uint64_t hash;
    (void)crypto_shorthash(digest, uuid->bytes, sizeof uuid->bytes, sessions->key);
    static_assert(sizeof hash == sizeof digest, "the hash is the whole digest");
    memcpy(&hash, digest, sizeof hash);
    return &sessions->buckets[hash & (sessions->bucket_count - 1)];
}

static struct session *find_locked(struct sessions *sessions, const struct uuid *uuid)
{
    struct session *session = *bucket_of(sessions, uuid);
    while (session != NULL && !uuid_equal(&session->uuid, uuid)) {
        session = session->next;
    }
    return session;
}

static void insert_locked(struct sessions *sessions, struct session *session)
{
    struct session **bucket = bucket_of(sessions, &session->uuid);
    session->next = *bucket;
    if (session->next != NULL) {
        session->next->link = &session->next;
    }
    session->link = bucket;
    *bucket = session;
    sessions->count++;
}

static void add_idle_locked(struct sessions *sessions, struct session *session)
{
    session->left_at = sessions->settings.clock->now(sessions->settings.clock);
    if (idle_sessions_first(&sessions->idle) == NULL) {
        /* In any other case the reaper wakes earlier, for the session that was left first. */
        (void)pthread_cond_signal(&sessions->idle_changed);
    }
    idle_sessions_add(&sessions->idle, session);
}

/* Takes an idle session out of the map and its list. The caller gets the map's reference. */
static void remove_locked(struct sessions *sessions, struct session *session)
{
    assert(session->link != NULL);
    *session->link = session->next;
    if (session->next != NULL) {
        session->next->link = session->link;
    }
    session->link = NULL;
    sessions->count--;
    idle_sessions_remove(&sessions->idle, session);
}

/*
 * Puts a new session into the map. *ret_removed: the finished session that it replaced, or that
 * gave way to it; NULL: none.
 */
static enum error start_locked(struct sessions *sessions, struct session *session,
                               struct session **ret_removed)
{
    struct session *removed = find_locked(sessions, &session->uuid);
    if (removed != NULL) {
        if (!client_key_equal(&removed->client, &session->client)) {
            return ERROR_OTHER_CLIENT;
        }
        if (removed->owner != NULL || !session_is_finished(removed)) {
            return ERROR_UUID_TAKEN;
        }
    } else if (sessions->count >= sessions->settings.max_sessions) {
        removed = idle_sessions_first_finished(&sessions->idle);
        if (removed == NULL) {
            return ERROR_TOO_MANY_SESSIONS;
        }
    }
    if (removed != NULL) {
        remove_locked(sessions, removed);
    }
    insert_locked(sessions, session);
    *ret_removed = removed;
    return ERROR_NONE;
}

/* Drops the session whose place a new one has taken. The memory in use stays the same. */
static void drop_removed(const struct sessions *sessions, struct session *removed,
                         const struct uuid *by)
{
    bool gave_way = !uuid_equal(&removed->uuid, by);
    if (gave_way && sessions->settings.gave_way != NULL) {
        sessions->settings.gave_way(removed);
    }
    session_unref(removed);
}

enum error sessions_start(struct sessions *sessions, const struct uuid *uuid, uint32_t n,
                          uint32_t attempt, struct session_owner *owner,
                          struct session_hold *ret_hold)
{
    struct session *session = session_create(uuid, n);
    if (session == NULL) {
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
    enum error error = start_locked(sessions, session, &removed);
    (void)pthread_mutex_unlock(&sessions->lock);

    if (removed != NULL) {
        drop_removed(sessions, removed, uuid);
    } else if (error == ERROR_NONE) {
        memory_use(sessions->settings.memory, SESSION_MEMORY);
    }
    if (error != ERROR_NONE) {
        session_unref(session);
        session_unref(session);
        return error;
    }
    *ret_hold = (struct session_hold){.session = session, .owner = owner, .epoch = 1};
    return ERROR_NONE;
}

struct session *sessions_find(struct sessions *sessions, const struct uuid *uuid)
{
    (void)pthread_mutex_lock(&sessions->lock);
    struct session *session = find_locked(sessions, uuid);
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
    } else {
        idle_sessions_remove(&sessions->idle, session);
    }
    session->owner = owner;
}

enum session_claim sessions_take(struct sessions *sessions, struct session *session,
                                 uint32_t attempt, struct session_owner *owner,
                                 struct session_hold *ret_hold, struct session_before *ret_before)
{
    enum session_claim claim = SESSION_GONE;
    (void)pthread_mutex_lock(&sessions->lock);
    if (session->link != NULL) {
        *ret_before = (struct session_before){.was_owned = session->owner != NULL,
                                              .attempt = session->attempt};
        bool is_older = attempt != 0 && attempt <= session->attempt;
        claim = is_older ? SESSION_OLDER_ATTEMPT : SESSION_CLAIMED;
    }
    if (claim == SESSION_CLAIMED) {
        change_owner_locked(sessions, session, owner);
        session->attempt = attempt == 0 ? session->attempt : attempt;
        session_ref(session);
        *ret_hold = (struct session_hold){
            .session = session, .owner = owner, .epoch = session_raise_epoch(session)};
    }
    (void)pthread_mutex_unlock(&sessions->lock);
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
        add_idle_locked(sessions, hold->session);
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
        if (session == NULL || clock_add(session->left_at, sessions->settings.timeout_ns) > now) {
            break;
        }
        remove_locked(sessions, session);
        session->next = batch;
        batch = session;
    }
    return batch;
}

static int64_t next_expiry_locked(const struct sessions *sessions)
{
    const struct session *first = idle_sessions_first(&sessions->idle);
    return first == NULL ? CLOCK_NEVER : clock_add(first->left_at, sessions->settings.timeout_ns);
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
    uint64_t count = sessions->count;
    (void)pthread_mutex_unlock(&sessions->lock);
    return count;
}
