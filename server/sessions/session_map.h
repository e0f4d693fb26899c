/* The sessions by uuid: a hash map, which sessions.c guards by sessions.lock. */
#ifndef COMMS_SERVER_SESSIONS_SESSION_MAP_H
#define COMMS_SERVER_SESSIONS_SESSION_MAP_H

#include "server/sessions/session.h"

#include <sodium.h>

#include <stdbool.h>
#include <stdint.h>

struct session_map {
    /*
     * One bucket for every session that the limit allows: the table never has to grow while other
     * threads wait for the lock. Unused buckets cost nothing, since the kernel gives a page only
     * when it is written.
     */
    struct session **buckets;
    uint64_t bucket_count; /* a power of two */

    /* Clients choose the uuids. Without a secret key a client could choose all for one bucket. */
    unsigned char key[crypto_shorthash_KEYBYTES];

    uint64_t count; /* sessions in the map */
};

/* False if memory is missing. sodium_init comes first. */
bool session_map_init(struct session_map *map, uint64_t max_sessions);

/* Drops the map's references. */
void session_map_cleanup(struct session_map *map);

/* NULL: there is none. */
struct session *session_map_find(const struct session_map *map, const struct uuid *uuid);

/* Takes a reference of the caller's. */
void session_map_insert(struct session_map *map, struct session *session);

/* The caller gets the map's reference. */
void session_map_remove(struct session_map *map, struct session *session);

#endif
