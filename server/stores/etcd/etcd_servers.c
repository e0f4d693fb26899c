#include "server/stores/etcd/etcd_servers.h"

static struct etcd_server *find(struct etcd_servers *servers, uint64_t id)
{
    for (size_t i = 0; i < servers->count; i++) {
        if (servers->items[i].id == id) {
            return &servers->items[i];
        }
    }
    return NULL;
}

static struct etcd_server *find_or_add(struct etcd_servers *servers, uint64_t id)
{
    struct etcd_server *server = find(servers, id);
    if (server != NULL) {
        return server;
    }
    if (servers->count < ETCD_SERVERS_MAX) {
        server = &servers->items[servers->count++];
    } else {
        server = &servers->items[0];
        for (size_t i = 1; i < servers->count; i++) {
            if (servers->items[i].seen_at < server->seen_at) {
                server = &servers->items[i];
            }
        }
    }
    *server = (struct etcd_server){.id = id, .revision = -1};
    return server;
}

/* An old read may come late: a revision never goes back. */
void etcd_servers_see(struct etcd_servers *servers, uint64_t id, int64_t revision, int64_t now)
{
    struct etcd_server *server = find_or_add(servers, id);
    if (!server->is_dead && revision > server->revision) {
        server->revision = revision;
        server->seen_at = now;
    }
}

void etcd_servers_bury(struct etcd_servers *servers, uint64_t id, int64_t now)
{
    struct etcd_server *server = find_or_add(servers, id);
    server->is_dead = true;
    server->seen_at = now;
}

void etcd_servers_miss(struct etcd_servers *servers, uint64_t id)
{
    struct etcd_server *server = find(servers, id);
    if (server != NULL && !server->is_dead && server->revision > 0) {
        *server = servers->items[--servers->count];
    }
}

void etcd_servers_forget(struct etcd_servers *servers, uint64_t id)
{
    struct etcd_server *server = find(servers, id);
    if (server != NULL) {
        *server = servers->items[--servers->count];
    }
}

enum etcd_server_state etcd_servers_state(const struct etcd_servers *servers, uint64_t id,
                                          int64_t now, int64_t *ret_revision)
{
    for (size_t i = 0; i < servers->count; i++) {
        const struct etcd_server *server = &servers->items[i];
        if (server->id != id) {
            continue;
        }
        *ret_revision = server->revision;
        if (server->is_dead) {
            return ETCD_SERVER_DEAD;
        }
        return now - server->seen_at >= ETCD_SERVER_TIMEOUT ? ETCD_SERVER_EXPIRED
                                                            : ETCD_SERVER_ALIVE;
    }
    return ETCD_SERVER_STRANGE;
}
