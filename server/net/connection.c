#include "server/net/connection.h"

#include "shared/base/log.h"
#include "shared/base/number.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct connections {
    pthread_mutex_t lock;

    /* lock */
    uint64_t count;                    /* connections ever added */
    size_t size;                       /* entries of by_descriptor */
    struct connection **by_descriptor; /* NULL entry: no connection has this descriptor */
};

/* Without a time to linger the kernel keeps no bytes for a client that does not read, and a client
 * that only writes learns of the end. */
void connection_shut_down(struct connection *connection)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(connection->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)shutdown(connection->descriptor, SHUT_RDWR);
}

void connection_unref(struct connection *connection)
{
    if (atomic_fetch_sub_explicit(&connection->references, 1, memory_order_acq_rel) == 1) {
        free(connection);
    }
}

struct connections *connections_create(void)
{
    struct connections *connections = calloc(1, sizeof *connections);
    if (connections != NULL && pthread_mutex_init(&connections->lock, NULL) != 0) {
        free(connections);
        return NULL;
    }
    return connections;
}

void connections_destroy(struct connections *connections)
{
    if (connections == NULL) {
        return;
    }
    for (size_t i = 0; i < connections->size; i++) {
        if (connections->by_descriptor[i] != NULL) {
            connection_unref(connections->by_descriptor[i]);
        }
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

bool connections_add(struct connections *connections, int descriptor,
                     const struct sockaddr *address, socklen_t length)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return false;
    }
    *connection = (struct connection){.refusal_log = LOG_LIMIT(1)};
    atomic_init(&connection->references, 1); /* the table's */
    connection->descriptor = descriptor;
    address_describe(address, length, connection->address, sizeof connection->address);

    struct connection *removed = connection; /* where it finds no place */
    size_t place = (size_t)descriptor;
    (void)pthread_mutex_lock(&connections->lock);
    bool has_room = make_room_locked(connections, place);
    if (has_room) {
        connection->number = ++connections->count;
        removed = connections->by_descriptor[place];
        connections->by_descriptor[place] = connection;
    }
    (void)pthread_mutex_unlock(&connections->lock);
    if (removed != NULL) {
        connection_unref(removed);
    }
    if (has_room) { /* it stays in the table while the caller has the descriptor */
        log_event(LOG_LEVEL_DEBUG, "connection accepted",
                  log_number("connection", connection->number),
                  log_address("peer", connection->address));
    }
    return has_room;
}

/* Reads the N of "fd:N". */
static bool parse_descriptor(const char *peer, uint64_t *ret_descriptor)
{
    static const char prefix[] = "fd:";
    const size_t length = sizeof prefix - 1;
    return strncmp(peer, prefix, length) == 0 &&
           number_parse(peer + length, strlen(peer + length), INT32_MAX, ret_descriptor) ==
               NUMBER_OK;
}

struct connection *connections_find_descriptor(struct connections *connections, int descriptor)
{
    const size_t place = (size_t)descriptor;
    struct connection *connection = NULL;
    (void)pthread_mutex_lock(&connections->lock);
    if (place < connections->size) {
        connection = connections->by_descriptor[place];
    }
    if (connection != NULL) {
        atomic_fetch_add_explicit(&connection->references, 1, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&connections->lock);
    return connection;
}

struct connection *connections_find(struct connections *connections, const char *peer)
{
    uint64_t descriptor;
    return parse_descriptor(peer, &descriptor)
               ? connections_find_descriptor(connections, (int)descriptor)
               : NULL;
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
