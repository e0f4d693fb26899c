#include "server/stores/etcd/etcd_batch.h"

#include <stdlib.h>
#include <string.h>

#define PAUSE (50 * NS_PER_MS) /* after a group without an answer */

/* Items under way. */
struct group {
    struct etcd_call call; /* first: a pointer to one is a pointer to the other */
    struct etcd_batch *batch;
    uint64_t incarnation;
    int64_t sent_at;
    bool is_limited;
    struct etcd_queue items;
};

static int64_t now(const struct etcd_batch *batch)
{
    return batch->clock->now(batch->clock);
}

/* ---- Queues ---------------------------------------------------------------------------------- */

static void push(struct etcd_queue *queue, struct etcd_item *item)
{
    item->next = NULL;
    if (queue->last == NULL) {
        queue->first = item;
    } else {
        queue->last->next = item;
    }
    queue->last = item;
    queue->count++;
}

static struct etcd_item *pop(struct etcd_queue *queue)
{
    struct etcd_item *item = queue->first;
    if (item != NULL) {
        queue->first = item->next;
        queue->last = queue->first == NULL ? NULL : queue->last;
        queue->count--;
    }
    return item;
}

/* Puts the items of `front` before those of `queue`. */
static void push_front(struct etcd_queue *queue, struct etcd_queue *front)
{
    if (front->first == NULL) {
        return;
    }
    front->last->next = queue->first;
    queue->first = front->first;
    queue->last = queue->last == NULL ? front->last : queue->last;
    queue->count += front->count;
    *front = (struct etcd_queue){.first = NULL};
}

static struct etcd_queue *queue_of(struct etcd_batch *batch, bool is_limited)
{
    return is_limited ? &batch->limited : &batch->others;
}

/* ---- Items ----------------------------------------------------------------------------------- */

void etcd_batch_init(struct etcd_batch *batch, struct etcd_link *link, const struct clock *clock,
                     struct etcd_batch_events *events)
{
    *batch = (struct etcd_batch){
        .link = link, .clock = clock, .events = events, .group_max = ETCD_GROUP_MAX};
}

void etcd_batch_add(struct etcd_batch *batch, struct etcd_item *item)
{
    item->operation = (struct etcd_bytes){.data = NULL};
    push(queue_of(batch, item->is_limited), item);
    batch->next_end = clock_earlier(batch->next_end, item->give_up_at);
}

static void unmake(struct etcd_item *item)
{
    free(item->operation.data);
    item->operation.data = NULL;
}

static void finish(struct etcd_item *item, enum etcd_item_outcome outcome,
                   const Etcd__TxnResponse *answer, int64_t revision)
{
    unmake(item);
    item->done(item, outcome, answer, revision);
}

static void finish_queue(struct etcd_queue *queue, enum etcd_item_outcome outcome)
{
    struct etcd_queue items = *queue;
    struct etcd_item *item;
    *queue = (struct etcd_queue){.first = NULL};
    while ((item = pop(&items)) != NULL) {
        finish(item, outcome, NULL, 0);
    }
}

/* Ends the items that have waited too long. */
static int64_t end_late(struct etcd_queue *queue, int64_t time)
{
    struct etcd_queue kept = {.first = NULL};
    struct etcd_queue late = {.first = NULL};
    struct etcd_item *item;
    int64_t next = CLOCK_NEVER;
    while ((item = pop(queue)) != NULL) {
        const bool is_over = item->give_up_at <= time;
        push(is_over ? &late : &kept, item);
        next = is_over ? next : clock_earlier(next, item->give_up_at);
    }
    *queue = kept;
    finish_queue(&late, ETCD_ITEM_UNKNOWN);
    return next;
}

/* ---- Groups ---------------------------------------------------------------------------------- */

static void take_answer(struct group *group, const Etcd__TxnResponse *answer)
{
    struct etcd_batch *batch = group->batch;
    const int64_t revision = etcd_txn_revision(answer);
    struct etcd_queue unanswered = {.first = NULL};
    struct etcd_item *item;
    if (!answer->succeeded) {
        push_front(queue_of(batch, group->is_limited), &group->items);
        batch->events->declared_dead(batch->events);
        return;
    }
    batch->revision = revision > batch->revision ? revision : batch->revision;
    batch->is_full = group->is_limited ? false : batch->is_full;
    batch->group_max =
        batch->group_max * 2 < ETCD_GROUP_MAX ? batch->group_max * 2 : ETCD_GROUP_MAX;
    for (size_t i = 0; (item = pop(&group->items)) != NULL; i++) {
        const Etcd__TxnResponse *part = etcd_txn_of_group(answer, i);
        if (part == NULL) {
            push(&unanswered, item);
        } else {
            finish(item, part->succeeded ? ETCD_ITEM_TRUE : ETCD_ITEM_FALSE, part, revision);
        }
    }
    batch->next_end = 0;
    push_front(queue_of(batch, group->is_limited), &unanswered);
}

/* A group that is refused is split: one item may be what is wrong, or etcd's limit is lower. */
static void take_refusal(struct group *group)
{
    struct etcd_batch *batch = group->batch;
    if (group->items.count > 1) {
        batch->group_max = group->items.count / 2;
        batch->next_end = 0;
        push_front(queue_of(batch, group->is_limited), &group->items);
    } else {
        finish_queue(&group->items, ETCD_ITEM_REFUSED);
    }
}

/* `with_lease`: the bytes name a lease that is gone, and are made anew when there is another one.
 */
static void try_again(struct group *group, bool with_lease)
{
    struct etcd_batch *batch = group->batch;
    for (struct etcd_item *item = group->items.first; with_lease && item != NULL;
         item = item->next) {
        unmake(item);
    }
    push_front(queue_of(batch, group->is_limited), &group->items);
    batch->next_end = 0;
    batch->pause_until = now(batch) + PAUSE;
}

static void take_status(struct group *group, enum etcd_status status, const uint8_t *bytes,
                        size_t length)
{
    struct etcd_batch *batch = group->batch;
    Etcd__TxnResponse *answer = status == ETCD_OK ? etcd_txn_read(bytes, length) : NULL;
    if (answer != NULL) {
        batch->events->answered(batch->events, now(batch) - group->sent_at, group->items.count);
        take_answer(group, answer);
        etcd__txn_response__free_unpacked(answer, NULL);
        return;
    }
    switch (status) {
    case ETCD_OK:
    case ETCD_UNKNOWN:
        batch->events->unanswered(batch->events);
        try_again(group, false);
        break;
    case ETCD_NO_LEASE:
        batch->events->lost_lease(batch->events);
        try_again(group, true);
        break;
    case ETCD_FULL:
        batch->is_full = true;
        finish_queue(&group->items, ETCD_ITEM_FULL);
        break;
    case ETCD_REFUSED:
        take_refusal(group);
        break;
    }
}

static void group_done(struct etcd_call *call, enum etcd_status status, const uint8_t *bytes,
                       size_t length)
{
    struct group *group = (struct group *)(void *)call;
    struct etcd_batch *batch = group->batch;
    free(call->request.data);
    batch->groups--;
    batch->sent -= group->items.count;
    if (group->incarnation != batch->incarnation) {
        finish_queue(&group->items, ETCD_ITEM_DEAD);
    } else {
        take_status(group, status, bytes, length);
    }
    free(group);
}

static bool has_uuid(const struct etcd_queue *items, const struct uuid *uuid)
{
    for (const struct etcd_item *item = items->first; item != NULL; item = item->next) {
        if (uuid_equal(&item->uuid, uuid)) {
            return true;
        }
    }
    return false;
}

/* Moves the items of the next group. Those that cannot be made go to `refused`. */
static void take_items(const struct etcd_batch *batch, struct etcd_queue *queue,
                       struct etcd_queue *items, struct etcd_queue *refused)
{
    while (items->count < batch->group_max && queue->first != NULL &&
           !has_uuid(items, &queue->first->uuid)) {
        struct etcd_item *item = pop(queue);
        if (item->operation.data == NULL) {
            item->make(item);
        }
        push(item->operation.data == NULL ? refused : items, item);
    }
}

/* The bytes of the group's request. */
static struct etcd_bytes write_group(const struct group *group)
{
    const struct etcd_batch *batch = group->batch;
    const struct etcd_bytes *operations[ETCD_GROUP_MAX];
    size_t count = 0;
    for (const struct etcd_item *item = group->items.first; item != NULL; item = item->next) {
        operations[count++] = &item->operation;
    }
    return etcd_txn_write_group(&batch->server, batch->created,
                                group->is_limited ? &batch->quota : NULL, operations, count);
}

/* False: memory is missing, or there is nothing to start. */
static bool start_group(struct etcd_batch *batch, struct etcd_queue *queue)
{
    struct etcd_queue refused = {.first = NULL};
    struct group *group = queue->first == NULL ? NULL : calloc(1, sizeof *group);
    if (group == NULL) {
        return false;
    }
    group->batch = batch;
    group->incarnation = batch->incarnation;
    group->sent_at = now(batch);
    group->is_limited = queue == &batch->limited;
    take_items(batch, queue, &group->items, &refused);
    finish_queue(&refused, ETCD_ITEM_REFUSED);
    group->call = (struct etcd_call){
        .method = ETCD_METHOD_TXN, .request = write_group(group), .done = group_done};
    if (group->items.count == 0 || group->call.request.data == NULL) {
        free(group->call.request.data);
        push_front(queue, &group->items);
        free(group);
        return false;
    }
    batch->groups++;
    batch->sent += group->items.count;
    batch->link->call(batch->link, &group->call);
    return true;
}

int64_t etcd_batch_run(struct etcd_batch *batch)
{
    const int64_t time = now(batch);
    if (time >= batch->next_end) {
        batch->next_end = CLOCK_NEVER; /* what ends may add items */
        const int64_t limited_end = end_late(&batch->limited, time);
        const int64_t others_end = end_late(&batch->others, time);
        batch->next_end = clock_earlier(batch->next_end, clock_earlier(limited_end, others_end));
    }
    if (batch->created == 0 || batch->lease_state == ETCD_LEASE_AWAITED) {
        return batch->next_end;
    }
    if (batch->lease_state == ETCD_LEASE_REFUSED) {
        finish_queue(&batch->limited, ETCD_ITEM_FULL);
    }
    if (time < batch->pause_until) {
        return etcd_batch_count(batch) == 0 ? batch->next_end
                                            : clock_earlier(batch->next_end, batch->pause_until);
    }
    bool has_started = true;
    while (has_started && batch->groups < ETCD_GROUPS_UNDER_WAY) {
        has_started = start_group(batch, &batch->others);
        if (batch->groups < ETCD_GROUPS_UNDER_WAY) {
            has_started = start_group(batch, &batch->limited) || has_started;
        }
    }
    return batch->next_end;
}

void etcd_batch_end_all(struct etcd_batch *batch)
{
    batch->incarnation++;
    batch->created = 0;
    finish_queue(&batch->limited, ETCD_ITEM_DEAD);
    finish_queue(&batch->others, ETCD_ITEM_DEAD);
}

bool etcd_batch_is_idle(const struct etcd_batch *batch)
{
    return batch->groups == 0 && etcd_batch_count(batch) == 0;
}

size_t etcd_batch_count(const struct etcd_batch *batch)
{
    return batch->limited.count + batch->others.count;
}
