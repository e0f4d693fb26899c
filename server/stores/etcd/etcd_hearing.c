/* What etcd has for this server: it is read with each heartbeat, and heard of earlier by watches.
 */
#include "server/stores/etcd/etcd_core.h"

#include <stddef.h>
#include <string.h>

static struct etcd_core *core_of(struct etcd_watcher *watcher)
{
    return (struct etcd_core *)(void *)((char *)watcher - offsetof(struct etcd_core, watcher));
}

static void hear_key(struct etcd_core *core, const Etcd__KeyValue *kv)
{
    const char *prefix = core->settings.prefix;
    const size_t length = strlen(prefix);
    struct etcd_wish wish;
    struct etcd_answer answer;
    if (kv->key.len < length + 3) {
        return;
    }
    switch (kv->key.data[length + 1]) {
    case 'v': {
        const uint64_t id = etcd_key_read_id(prefix, kv->key.data, kv->key.len);
        if (id != ETCD_NOBODY && id != etcd_core_id(core)) {
            etcd_servers_see(&core->servers, id, kv->mod_revision, etcd_core_now(core));
        }
        break;
    }
    case 'w':
        if (etcd_wish_read(kv->value.data, kv->value.len, &wish)) {
            etcd_core_hear_wish(core, &wish);
        }
        break;
    case 'h':
        if (etcd_answer_read(kv->value.data, kv->value.len, &answer)) {
            etcd_core_hear_answer(core, &answer, kv->mod_revision);
        }
        break;
    default:
        break;
    }
}

static void hear_range(struct etcd_core *core, const Etcd__RangeResponse *range)
{
    for (size_t i = 0; i < range->n_kvs; i++) {
        hear_key(core, range->kvs[i]);
    }
}

static bool lists(const struct etcd_core *core, const Etcd__RangeResponse *servers, uint64_t id)
{
    for (size_t i = 0; i < servers->n_kvs; i++) {
        const Etcd__KeyValue *kv = servers->kvs[i];
        if (etcd_key_read_id(core->settings.prefix, kv->key.data, kv->key.len) == id) {
            return true;
        }
    }
    return false;
}

void etcd_core_hear_all(struct etcd_core *core, const Etcd__RangeResponse *servers,
                        const Etcd__RangeResponse *wishes, const Etcd__RangeResponse *answers)
{
    hear_range(core, servers);
    for (size_t i = core->servers.count; i > 0; i--) {
        const struct etcd_server *server = &core->servers.items[i - 1];
        if (server->revision > 0 && !server->is_dead && !lists(core, servers, server->id)) {
            const uint64_t id = server->id;
            etcd_servers_miss(&core->servers, id);
            etcd_core_hear_of_server(core, id);
        }
    }
    hear_range(core, answers);
    hear_range(core, wishes);
}

static void happened(struct etcd_watcher *watcher, const Etcd__Event *event)
{
    struct etcd_core *core = core_of(watcher);
    if (event->type == ETCD__EVENT__EVENT_TYPE__PUT) {
        hear_key(core, event->kv);
        return;
    }
    const uint64_t id =
        etcd_key_read_id(core->settings.prefix, event->kv->key.data, event->kv->key.len);
    if (id != ETCD_NOBODY && id != etcd_core_id(core)) {
        etcd_servers_miss(&core->servers, id);
        etcd_core_hear_of_server(core, id);
    }
}

static void watch_began(struct etcd_watcher *watcher)
{
    etcd_heartbeat_hurry(&core_of(watcher)->heartbeat);
}

void etcd_core_watch(struct etcd_core *core)
{
    const char *prefix = core->settings.prefix;
    const uint64_t id = etcd_core_id(core);
    const struct etcd_key beginnings[ETCD_WATCHES_MAX] = {
        etcd_key_servers(prefix), etcd_key_wishes(prefix, id), etcd_key_answers(prefix, id)};
    struct etcd_bytes requests[ETCD_WATCHES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < ETCD_WATCHES_MAX; i++) {
        const struct etcd_key end = etcd_key_end(&beginnings[i]);
        requests[count] = etcd_write_watch(&beginnings[i], &end, 0);
        count += requests[count].data == NULL ? 0 : 1;
    }
    core->watcher = (struct etcd_watcher){.happened = happened, .began = watch_began};
    core->settings.link->watch(core->settings.link, requests, count, &core->watcher);
}
