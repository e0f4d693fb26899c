#include "server/net/connections.h"

#include "server/net/connection_idle.h"
#include "shared/base/log.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Nanoseconds from one sweep to the next, at least and at most. */
#define SWEEP_PAUSE_MIN_NS (50 * NS_PER_MS)
#define SWEEP_PAUSE_MAX_NS (500 * NS_PER_MS)

/* A pause is so much longer than the sweep before it. */
enum { SWEEP_PAUSE_FACTOR = 10 };

/* Entries of the table that are looked at under one lock: connections wait for it when they come or
 * go. */
enum { COUNTED_AT_ONCE = 32 };

struct connections {
    struct connections_settings settings;

    /* the listener's thread */
    struct connection_limits limits;
    int64_t next_sweep; /* time on the clock */
    int64_t next_look;  /* for idle connections; time on the clock */

    /* Others look connections up under the lock. Only the listener's thread makes changes, and may
     * read without the lock. */
    pthread_mutex_t lock;
    uint64_t count;                    /* connections ever added */
    size_t size;                       /* entries of by_descriptor */
    struct connection **by_descriptor; /* NULL entry: no connection has this descriptor */
    struct peer_index by_peer;         /* the same connections */
};

struct connections *connections_create(const struct connections_settings *settings)
{
    struct connections *connections = calloc(1, sizeof *connections);
    if (connections == NULL || pthread_mutex_init(&connections->lock, NULL) != 0) {
        free(connections);
        return NULL;
    }
    connections->settings = *settings;
    connections->limits = (struct connection_limits){.all = {.max = settings->max},
                                                     .tls = {.max = settings->max_tls},
                                                     .max_per_address = settings->max_per_address};
    peer_index_init(&connections->by_peer);
    return connections;
}

static struct connection *find(const struct connections *connections, size_t descriptor)
{
    return descriptor < connections->size ? connections->by_descriptor[descriptor] : NULL;
}

/* Takes the connection of this descriptor out of the table, if there is one. */
static void remove_connection(struct connections *connections, size_t descriptor)
{
    struct connection *removed = find(connections, descriptor);
    if (removed == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&connections->lock);
    connections->by_descriptor[descriptor] = NULL;
    peer_index_remove(&connections->by_peer, removed);
    (void)pthread_mutex_unlock(&connections->lock);
    connection_limits_forget(&connections->limits, &removed->counted);
    traffic_watch_end(removed->watch);
    connection_unref(removed);
}

void connections_destroy(struct connections *connections)
{
    if (connections == NULL) {
        return;
    }
    for (size_t i = 0; i < connections->size; i++) {
        remove_connection(connections, i);
    }
    free(connections->by_descriptor);
    (void)pthread_mutex_destroy(&connections->lock);
    free(connections);
}

/* An array is enough for a table: the kernel gives the lowest free descriptor. */
static bool make_room_locked(struct connections *connections, size_t descriptor)
{
    if (descriptor < connections->size) {
        return true;
    }
    size_t size = connections->size == 0 ? 64 : connections->size;
    while (size <= descriptor) {
        size *= 2;
    }
    struct connection **by_descriptor =
        realloc(connections->by_descriptor, size * sizeof(struct connection *));
    if (by_descriptor == NULL) {
        return false;
    }
    memset(by_descriptor + connections->size, 0,
           (size - connections->size) * sizeof(struct connection *));
    connections->by_descriptor = by_descriptor;
    connections->size = size;
    return true;
}

/* Takes connections that have ended out of the table, unless that was done shortly before. */
static void sweep(struct connections *connections)
{
    const struct clock *clock = connections->settings.clock;
    int64_t begin = clock->now(clock);
    if (begin < connections->next_sweep) {
        return;
    }
    for (size_t i = 0; i < connections->size; i++) {
        const struct connection *connection = connections->by_descriptor[i];
        if (connection != NULL && !connection_has_descriptor(connection)) {
            remove_connection(connections, i);
        }
    }
    int64_t end = clock->now(clock);
    int64_t pause = (end - begin) * SWEEP_PAUSE_FACTOR;
    pause = pause < SWEEP_PAUSE_MIN_NS ? SWEEP_PAUSE_MIN_NS : pause;
    pause = pause > SWEEP_PAUSE_MAX_NS ? SWEEP_PAUSE_MAX_NS : pause;
    connections->next_sweep = clock_add(end, pause);
}

static enum connection_refusal count_connection(struct connections *connections,
                                                const struct sockaddr *address,
                                                struct connection_counted *ret_counted)
{
    struct connection_limits *limits = &connections->limits;
    enum connection_refusal refusal = connection_limits_count(limits, address, ret_counted);
    if (refusal == CONNECTION_NOT_REFUSED) {
        return refusal;
    }
    sweep(connections);
    return connection_limits_count(limits, address, ret_counted);
}

static bool insert(struct connections *connections, struct connection *connection)
{
    const size_t place = (size_t)connection->descriptor;
    (void)pthread_mutex_lock(&connections->lock);
    const bool has_room = make_room_locked(connections, place);
    if (has_room) {
        connection->number = ++connections->count;
        connections->by_descriptor[place] = connection;
        peer_index_add(&connections->by_peer, connection);
    }
    (void)pthread_mutex_unlock(&connections->lock);
    return has_room;
}

enum connection_refusal connections_add(struct connections *connections, int descriptor,
                                        const struct sockaddr *address, socklen_t length)
{
    struct connection_counted counted;
    remove_connection(connections, (size_t)descriptor);
    enum connection_refusal refusal = count_connection(connections, address, &counted);
    if (refusal != CONNECTION_NOT_REFUSED) {
        return refusal;
    }
    struct connection *connection =
        connection_create(descriptor, address, length, &connections->settings.traffic);
    if (connection == NULL || !insert(connections, connection)) {
        connection_limits_forget(&connections->limits, &counted);
        connection_drop(connection);
        return CONNECTION_NO_MEMORY;
    }
    const struct clock *clock = connections->settings.clock;
    connection->counted = counted;
    connection->idle_since = clock->now(clock);
    log_event(LOG_LEVEL_DEBUG, "connection accepted", log_number("connection", connection->number),
              log_address("peer", connection->address));
    return CONNECTION_NOT_REFUSED;
}

uint64_t connections_count(const struct connections *connections)
{
    return connections->limits.all.live;
}

/* False: that was the last part of the table. */
static bool count_part(struct connections *connections, size_t begin, uint64_t *count)
{
    (void)pthread_mutex_lock(&connections->lock);
    const size_t size = connections->size;
    for (size_t i = begin; i < size && i < begin + COUNTED_AT_ONCE; i++) {
        const struct connection *connection = connections->by_descriptor[i];
        *count += connection != NULL && connection_has_descriptor(connection);
    }
    (void)pthread_mutex_unlock(&connections->lock);
    return begin + COUNTED_AT_ONCE < size;
}

uint64_t connections_count_open(struct connections *connections)
{
    uint64_t count = 0;
    size_t begin = 0;
    while (count_part(connections, begin, &count)) {
        begin += COUNTED_AT_ONCE;
    }
    return count;
}

struct connection *connections_find(struct connections *connections, const char *peer)
{
    uint64_t descriptor;
    const bool has_number = peer_parse_descriptor(peer, &descriptor);
    const struct peer_key key = peer_key_of_name(peer);
    (void)pthread_mutex_lock(&connections->lock);
    struct connection *connection =
        connection_refer(has_number ? find(connections, (size_t)descriptor)
                                    : peer_index_find(&connections->by_peer, &key));
    if (connection != NULL) {
        connection->had_stream = true;
    }
    (void)pthread_mutex_unlock(&connections->lock);
    return connection;
}

/* A client that does not close its connection when it is asked to has it closed at the next look.
 * A client of TLS cannot be asked: the bytes between it and C core are encrypted. */
static void end_idle(struct connection *connection)
{
    const int descriptor = connection->descriptor;
    if (!connection_has_descriptor(connection)) {
        return;
    }
    if (connection_idle_has_unsent_bytes(descriptor)) {
        connection_shut_down(connection);
    } else if (connection->counted.tls == NULL && !connection->was_asked_to_close) {
        connection_idle_say_goodbye(descriptor);
        connection->was_asked_to_close = true;
    } else {
        (void)shutdown(descriptor, SHUT_RDWR); /* no reset: the client may not have read all yet */
    }
}

/* Under the lock no stream can begin. A stream that was over before this look counts, too. */
static void look_at(struct connections *connections, struct connection *connection, int64_t now)
{
    (void)pthread_mutex_lock(&connections->lock);
    if (atomic_load(&connection->references) > 1 || connection->had_stream) {
        connection->had_stream = false;
        connection->was_asked_to_close = false;
        connection->idle_since = now;
    } else if (now >= clock_add(connection->idle_since, connections->settings.idle_ns)) {
        end_idle(connection);
    }
    (void)pthread_mutex_unlock(&connections->lock);
}

int64_t connections_end_idle(struct connections *connections)
{
    const struct connections_settings *settings = &connections->settings;
    if (settings->idle_ns == 0) {
        return CLOCK_NEVER;
    }
    const int64_t now = settings->clock->now(settings->clock);
    if (now >= connections->next_look) {
        for (size_t i = 0; i < connections->size; i++) {
            if (connections->by_descriptor[i] != NULL) {
                look_at(connections, connections->by_descriptor[i], now);
            }
        }
        connections->next_look = clock_add(now, connection_idle_pause(settings->idle_ns));
    }
    return connections->next_look;
}

void connections_shut_down_all(struct connections *connections)
{
    (void)pthread_mutex_lock(&connections->lock);
    for (size_t i = 0; i < connections->size; i++) {
        if (connections->by_descriptor[i] != NULL) {
            connection_shut_down(connections->by_descriptor[i]);
        }
    }
    (void)pthread_mutex_unlock(&connections->lock);
}
