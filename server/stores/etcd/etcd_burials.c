/* Servers that have shown no heartbeat for too long are declared dead. */
#include "server/stores/etcd/etcd_core.h"
#include "shared/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_TEXT_SIZE = 17 };

struct etcd_burial {
    struct etcd_item item; /* first: a pointer to one is a pointer to the other */
    struct etcd_core *core;
    struct etcd_burial *next;
    uint64_t id;
    int64_t revision;
};

static void make_burial(struct etcd_item *item)
{
    static const uint8_t mark[] = "declared dead";
    const struct etcd_burial *burial = (struct etcd_burial *)(void *)item;
    const char *prefix = burial->core->settings.prefix;
    const struct etcd_key server = etcd_key_server(prefix, burial->id);
    const struct etcd_key dead = etcd_key_dead(prefix, burial->id);
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    etcd_txn_if_changed(&txn, &server, burial->revision);
    etcd_txn_delete(&txn, &server);
    etcd_txn_put(&txn, &dead, mark, sizeof mark - 1, etcd_lease_take(&burial->core->lease));
    item->operation = etcd_txn_write_operation(&txn);
}

/* If it did not hold, the server lives, or another one has buried it: etcd is asked. */
static void burial_done(struct etcd_item *item, enum etcd_item_outcome outcome,
                        const Etcd__TxnResponse *answer, int64_t revision)
{
    struct etcd_burial *burial = (struct etcd_burial *)(void *)item;
    struct etcd_core *core = burial->core;
    const uint64_t id = burial->id;
    struct etcd_burial **link = &core->burials;
    (void)answer;
    (void)revision;
    while (*link != burial) {
        link = &(*link)->next;
    }
    *link = burial->next;
    free(burial);
    if (outcome == ETCD_ITEM_TRUE) {
        char text[ID_TEXT_SIZE];
        (void)snprintf(text, sizeof text, "%016" PRIx64, id);
        log_event(LOG_LEVEL_WARN, "server declared dead", log_word("id", text));
        etcd_servers_bury(&core->servers, id, etcd_core_now(core));
    } else if (outcome == ETCD_ITEM_FALSE) {
        etcd_servers_miss(&core->servers, id);
    }
    if (outcome != ETCD_ITEM_DEAD) {
        etcd_core_hear_of_server(core, id);
    }
}

void etcd_core_bury(struct etcd_core *core, uint64_t id, int64_t revision)
{
    for (const struct etcd_burial *burial = core->burials; burial != NULL; burial = burial->next) {
        if (burial->id == id) {
            return;
        }
    }
    struct etcd_burial *burial = calloc(1, sizeof *burial);
    if (burial == NULL) {
        return; /* the claims ask again */
    }
    burial->core = core;
    burial->id = id;
    burial->revision = revision;
    burial->next = core->burials;
    core->burials = burial;
    burial->item = (struct etcd_item){.give_up_at = etcd_core_now(core) + ETCD_ANSWER_TIME,
                                      .make = make_burial,
                                      .done = burial_done};
    memcpy(burial->item.uuid.bytes, &id, sizeof id);
    etcd_batch_add(&core->batch, &burial->item);
}
