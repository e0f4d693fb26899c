#include "server/sessions/session_map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS_MIN = 64 };

bool session_map_init(struct session_map *map, uint64_t max_sessions)
{
    *map = (struct session_map){.bucket_count = BUCKETS_MIN};
    while (map->bucket_count < max_sessions) {
        map->bucket_count *= 2;
    }
    map->buckets = calloc(map->bucket_count, sizeof *map->buckets);
    crypto_shorthash_keygen(map->key);
    return map->buckets != NULL;
}

void session_map_cleanup(struct session_map *map)
{
    for (uint64_t i = 0; i < map->bucket_count && map->count > 0; i++) {
        struct session *next;
        for (struct session *session = map->buckets[i]; session != NULL; session = next) {
            next = session->next;
            map->count--;
            session_unref(session);
        }
    }
    free(map->buckets);
}

static struct session **bucket_of(const struct session_map *map, const struct uuid *uuid)
{
    unsigned char digest[crypto_shorthash_BYTES];
    uint64_t hash;
    (void)crypto_shorthash(digest, uuid->bytes, sizeof uuid->bytes, map->key);
    static_assert(sizeof hash == sizeof digest, "the hash is the whole digest");
    memcpy(&hash, digest, sizeof hash);
    return &map->buckets[hash & (map->bucket_count - 1)];
}

struct session *session_map_find(const struct session_map *map, const struct uuid *uuid)
{
    struct session *session = *bucket_of(map, uuid);
    while (session != NULL && !uuid_equal(&session->uuid, uuid)) {
        session = session->next;
    }
    return session;
}

void session_map_insert(struct session_map *map, struct session *session)
{
    struct session **bucket = bucket_of(map, &session->uuid);
    session->next = *bucket;
    if (session->next != NULL) {
        session->next->link = &session->next;
    }
    session->link = bucket;
    *bucket = session;
    map->count++;
}

void session_map_remove(struct session_map *map, struct session *session)
{
    assert(session->link != NULL);
    *session->link = session->next;
    if (session->next != NULL) {
        session->next->link = session->link;
    }
    session->link = NULL;
    map->count--;
}
