#include "server/stores/etcd/etcd_heartbeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY         (100 * NS_PER_MS)
#define RETRY_REFUSED (500 * NS_PER_MS)

enum { VALUE_SIZE = 24 };

static int64_t now(const struct etcd_heartbeat *heartbeat)
{
    return heartbeat->clock->now(heartbeat->clock);
}

void etcd_heartbeat_init(struct etcd_heartbeat *heartbeat, struct etcd_link *link,
                         const struct clock *clock, const char *prefix,
                         struct etcd_heartbeat_events *events)
{
    *heartbeat =
        (struct etcd_heartbeat){.link = link, .clock = clock, .prefix = prefix, .events = events};
    atomic_init(&heartbeat->owned_until, 0);
}

void etcd_heartbeat_begin(struct etcd_heartbeat *heartbeat, uint64_t id,
                          const uint64_t *predecessors, size_t count)
{
    heartbeat->id = id;
    heartbeat->created = 0;
    heartbeat->beats = 0;
    heartbeat->next_at = 0;
    heartbeat->predecessor_count = count;
    for (size_t i = 0; i < count; i++) {
        heartbeat->predecessors[i] = predecessors[i];
    }
}

void etcd_heartbeat_die(struct etcd_heartbeat *heartbeat)
{
    if (heartbeat->id == ETCD_NOBODY) {
        return;
    }
    atomic_store(&heartbeat->owned_until, 0);
    heartbeat->id = ETCD_NOBODY;
    heartbeat->created = 0;
    heartbeat->has_ended = heartbeat->is_farewell;
    heartbeat->events->died(heartbeat->events);
}

void etcd_heartbeat_hurry(struct etcd_heartbeat *heartbeat)
{
    heartbeat->next_at = 0;
}

void etcd_heartbeat_say_farewell(struct etcd_heartbeat *heartbeat)
{
    heartbeat->is_farewell = true;
    heartbeat->has_ended = heartbeat->id == ETCD_NOBODY || heartbeat->created == 0;
    heartbeat->next_at = 0;
}

/* As the operation of another one, so that etcd takes it even if it is full, but only if the user
 * may write what begins with the prefix. */
static struct etcd_bytes write_nested(const struct etcd_heartbeat *heartbeat,
                                      const struct etcd_txn *txn)
{
    const struct etcd_key key = etcd_key_quota(heartbeat->prefix);
    struct etcd_bytes operation = etcd_txn_write_operation(txn);
    const struct etcd_bytes nothing = {.data = NULL};
    const struct etcd_bytes bytes =
        operation.data == NULL ? nothing : etcd_txn_write_nested(&operation, &key);
    free(operation.data);
    return bytes;
}

/* ---- What is sent ---------------------------------------------------------------------------- */

static struct etcd_bytes write_first(const struct etcd_heartbeat *heartbeat,
                                     const struct etcd_key *me, const uint8_t *value, size_t length)
{
    struct etcd_txn txn;
    struct etcd_key servers[ETCD_PREDECESSORS_MAX];
    struct etcd_key dead[ETCD_PREDECESSORS_MAX];
    etcd_txn_init(&txn);
    const struct etcd_key own_death = etcd_key_dead(heartbeat->prefix, heartbeat->id);
    etcd_txn_if_created(&txn, me, 0);
    etcd_txn_if_created(&txn, &own_death, 0);
    etcd_txn_put(&txn, me, value, length, 0);
    for (size_t i = 0; i < heartbeat->predecessor_count; i++) {
        servers[i] = etcd_key_server(heartbeat->prefix, heartbeat->predecessors[i]);
        dead[i] = etcd_key_dead(heartbeat->prefix, heartbeat->predecessors[i]);
        etcd_txn_delete(&txn, &servers[i]);
        etcd_txn_put(&txn, &dead[i], value, length, heartbeat->lease);
    }
    etcd_txn_get(&txn, ETCD_IF_FALSE, me);
    return write_nested(heartbeat, &txn);
}

static struct etcd_bytes write_next(const struct etcd_heartbeat *heartbeat,
                                    const struct etcd_key *me, const uint8_t *value, size_t length)
{
    const struct etcd_key servers = etcd_key_servers(heartbeat->prefix);
    const struct etcd_key wishes = etcd_key_wishes(heartbeat->prefix, heartbeat->id);
    const struct etcd_key answers = etcd_key_answers(heartbeat->prefix, heartbeat->id);
    const struct etcd_key servers_end = etcd_key_end(&servers);
    const struct etcd_key wishes_end = etcd_key_end(&wishes);
    const struct etcd_key answers_end = etcd_key_end(&answers);
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    etcd_txn_if_created(&txn, me, heartbeat->created);
    etcd_txn_put(&txn, me, value, length, 0);
    etcd_txn_list(&txn, &servers, &servers_end, true);
    etcd_txn_list(&txn, &wishes, &wishes_end, false);
    etcd_txn_list(&txn, &answers, &answers_end, false);
    return write_nested(heartbeat, &txn);
}

static struct etcd_bytes write_last(const struct etcd_heartbeat *heartbeat,
                                    const struct etcd_key *me, const uint8_t *value, size_t length)
{
    const struct etcd_key dead = etcd_key_dead(heartbeat->prefix, heartbeat->id);
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    etcd_txn_if_created(&txn, me, heartbeat->created);
    etcd_txn_delete(&txn, me);
    etcd_txn_put(&txn, &dead, value, length, heartbeat->lease);
    return write_nested(heartbeat, &txn);
}

/* ---- What is answered ------------------------------------------------------------------------ */

static void be_born(struct etcd_heartbeat *heartbeat, const Etcd__TxnResponse *answer,
                    int64_t revision)
{
    const Etcd__KeyValue *found = etcd_txn_found(answer, 0);
    if (!answer->succeeded && found == NULL) {
        etcd_heartbeat_die(heartbeat); /* an earlier try succeeded, and it was declared dead */
        return;
    }
    heartbeat->created = answer->succeeded ? revision : found->create_revision;
    heartbeat->predecessor_count = 0;
    if (answer->succeeded) {
        atomic_store(&heartbeat->owned_until, heartbeat->sent_at + ETCD_OWNED_TIME);
    }
    heartbeat->next_at = 0; /* to read what there is */
    heartbeat->events->born(heartbeat->events);
}

static void live_on(struct etcd_heartbeat *heartbeat, const Etcd__TxnResponse *answer)
{
    enum { SERVERS = 1, WISHES, ANSWERS };
    if (!answer->succeeded) {
        etcd_heartbeat_die(heartbeat);
        return;
    }
    if (heartbeat->sent_farewell) {
        atomic_store(&heartbeat->owned_until, 0);
        heartbeat->has_ended = true;
        return;
    }
    atomic_store(&heartbeat->owned_until, heartbeat->sent_at + ETCD_OWNED_TIME);
    const Etcd__RangeResponse *servers = etcd_txn_range(answer, SERVERS);
    const Etcd__RangeResponse *wishes = etcd_txn_range(answer, WISHES);
    const Etcd__RangeResponse *answers = etcd_txn_range(answer, ANSWERS);
    if (servers != NULL && wishes != NULL && answers != NULL) {
        heartbeat->events->read(heartbeat->events, servers, wishes, answers);
    }
}

static void done(struct etcd_call *call, enum etcd_status status, const uint8_t *bytes,
                 size_t length)
{
    struct etcd_heartbeat *heartbeat = (struct etcd_heartbeat *)(void *)call;
    free(call->request.data);
    heartbeat->is_under_way = false;
    if (heartbeat->sent_id != heartbeat->id) {
        return; /* of a server that is dead by now */
    }
    Etcd__TxnResponse *outer = status == ETCD_OK ? etcd_txn_read(bytes, length) : NULL;
    const Etcd__TxnResponse *answer = outer == NULL ? NULL : etcd_txn_of_group(outer, 0);
    heartbeat->events->answered(heartbeat->events, answer != NULL);
    if (answer == NULL) {
        if (status == ETCD_NO_LEASE) {
            heartbeat->events->lost_lease(heartbeat->events);
        }
        heartbeat->next_at = now(heartbeat) + (status == ETCD_UNKNOWN ? RETRY : RETRY_REFUSED);
    } else if (heartbeat->created == 0) {
        be_born(heartbeat, answer, etcd_txn_revision(outer));
    } else {
        live_on(heartbeat, answer);
    }
    if (outer != NULL) {
        etcd__txn_response__free_unpacked(outer, NULL);
    }
}

int64_t etcd_heartbeat_run(struct etcd_heartbeat *heartbeat)
{
    const int64_t time = now(heartbeat);
    if (heartbeat->id == ETCD_NOBODY || heartbeat->is_under_way || heartbeat->has_ended) {
        return CLOCK_NEVER;
    }
    if (time < heartbeat->next_at) {
        return heartbeat->next_at;
    }
    const struct etcd_key me = etcd_key_server(heartbeat->prefix, heartbeat->id);
    char value[VALUE_SIZE];
    const size_t length = (size_t)snprintf(value, sizeof value, "%" PRIu64, ++heartbeat->beats);
    struct etcd_bytes (*write)(const struct etcd_heartbeat *, const struct etcd_key *,
                               const uint8_t *, size_t) = heartbeat->created == 0  ? write_first
                                                          : heartbeat->is_farewell ? write_last
                                                                                   : write_next;
    heartbeat->next_at = time + ETCD_HEARTBEAT_INTERVAL;
    heartbeat->call =
        (struct etcd_call){.method = ETCD_METHOD_TXN,
                           .request = write(heartbeat, &me, (const uint8_t *)value, length),
                           .done = done};
    if (heartbeat->call.request.data == NULL) {
        return time + RETRY;
    }
    heartbeat->sent_at = time;
    heartbeat->sent_id = heartbeat->id;
    heartbeat->sent_farewell = write == write_last;
    heartbeat->is_under_way = true;
    heartbeat->link->call(heartbeat->link, &heartbeat->call);
    return CLOCK_NEVER;
}
