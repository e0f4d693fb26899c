#include "server/stores/file_queue.h"

#include "server/sessions/session.h"
#include "server/sessions/sessions_durable.h"

#include <stdlib.h>

/* How long a change may wait for others: a short session is written once, not twice. */
#define CHANGES_NS (100 * NS_PER_MS)

/* From one look at the streams that send to the next. */
#define LIVE_NS NS_PER_S

bool file_queue_init(struct file_queue *queue, const struct clock *clock)
{
    queue->clock = clock;
    queue->changes_due = CLOCK_NEVER;
    queue->live_due = CLOCK_NEVER;
    queue->batch_limit = FILE_BATCH_MAX;
    if (pthread_mutex_init(&queue->lock, NULL) != 0) {
        return false;
    }
    if (clock_condition_init(&queue->work) != 0) {
        goto no_work;
    }
    if (clock_condition_init(&queue->watched) != 0) {
        goto no_watched;
    }
    return true;

no_watched:
    (void)pthread_cond_destroy(&queue->work);
no_work:
    (void)pthread_mutex_destroy(&queue->lock);
    return false;
}

void file_item_free(struct file_item *item)
{
    if (item->session != NULL) {
        session_unref(item->session);
    }
    free(item);
}

static void push(struct file_items *items, struct file_item *item)
{
    item->next = NULL;
    if (items->first == NULL) {
        items->first = item;
    } else {
        items->last->next = item;
    }
    items->last = item;
}

static struct file_item *pop(struct file_items *items)
{
    struct file_item *item = items->first;
    items->first = item->next;
    return item;
}

void file_queue_cleanup(struct file_queue *queue)
{
    while (queue->starts.first != NULL) { /* the watch has answered them */
        file_item_free(pop(&queue->starts));
    }
    while (queue->changes.first != NULL) {
        file_item_free(pop(&queue->changes));
    }
    (void)pthread_cond_destroy(&queue->watched);
    (void)pthread_cond_destroy(&queue->work);
    (void)pthread_mutex_destroy(&queue->lock);
}

/* ---- Putting in ------------------------------------------------------------------------------ */

bool file_queue_is_stuck(struct file_queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    const bool is_stuck = queue->is_stuck;
    queue->status.refusals += is_stuck;
    (void)pthread_mutex_unlock(&queue->lock);
    return is_stuck;
}

void file_queue_add_start(struct file_queue *queue, struct file_item *item)
{
    (void)pthread_mutex_lock(&queue->lock);
    if (queue->starts.first == NULL) {
        (void)pthread_cond_signal(&queue->work);
    }
    if (queue->watch_sleeps) {
        queue->watch_sleeps = false;
        (void)pthread_cond_signal(&queue->watched);
    }
    push(&queue->starts, item);
    queue->status.queue++;
    (void)pthread_mutex_unlock(&queue->lock);
}

static void add_change_locked(struct file_queue *queue, struct file_item *item)
{
    if (item == NULL) {
        queue->lost++;
        return;
    }
    if (queue->changes_due == CLOCK_NEVER) {
        queue->changes_due = clock_add(queue->clock->now(queue->clock), CHANGES_NS);
        (void)pthread_cond_signal(&queue->work);
    }
    push(&queue->changes, item);
    queue->status.queue++;
}

/* Of a session that was noted. NULL: memory is missing, and its next change is noted again. */
static struct file_item *item_of(struct session *session)
{
    struct file_item *item = calloc(1, sizeof *item);
    if (item == NULL) {
        session_take_note(session);
        return NULL;
    }
    session_ref(session);
    item->session = session;
    return item;
}

void file_queue_add_change(struct file_queue *queue, struct session *session)
{
    if (session_note(session)) {
        struct file_item *item = item_of(session);
        (void)pthread_mutex_lock(&queue->lock);
        add_change_locked(queue, item);
        (void)pthread_mutex_unlock(&queue->lock);
    }
}

void file_queue_add_end(struct file_queue *queue, uint64_t generation)
{
    struct file_item *item = calloc(1, sizeof *item);
    if (item != NULL) {
        item->generation = generation;
    }
    (void)pthread_mutex_lock(&queue->lock);
    add_change_locked(queue, item);
    (void)pthread_mutex_unlock(&queue->lock);
}

uint64_t file_queue_unwritten(struct file_queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    const uint64_t unwritten = queue->status.queue + queue->lost;
    (void)pthread_mutex_unlock(&queue->lock);
    return unwritten;
}

void file_queue_close(struct file_queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    queue->is_closing = true;
    (void)pthread_cond_signal(&queue->work);
    (void)pthread_cond_signal(&queue->watched);
    (void)pthread_mutex_unlock(&queue->lock);
}

/* ---- Streams that own their sessions --------------------------------------------------------- */

void file_queue_add_live_locked(struct file_queue *queue, struct store_request *request)
{
    request->previous = NULL;
    request->next = queue->live;
    if (queue->live != NULL) {
        queue->live->previous = request;
    }
    queue->live = request;
    if (queue->live_due == CLOCK_NEVER) {
        queue->live_due = clock_add(queue->clock->now(queue->clock), LIVE_NS);
        (void)pthread_cond_signal(&queue->work);
    }
}

void file_queue_add_live(struct file_queue *queue, struct store_request *request)
{
    (void)pthread_mutex_lock(&queue->lock);
    file_queue_add_live_locked(queue, request);
    (void)pthread_mutex_unlock(&queue->lock);
}

void file_queue_remove_live(struct file_queue *queue, struct store_request *request)
{
    (void)pthread_mutex_lock(&queue->lock);
    if (request->previous == NULL) {
        queue->live = request->next;
    } else {
        request->previous->next = request->next;
    }
    if (request->next != NULL) {
        request->next->previous = request->previous;
    }
    (void)pthread_mutex_unlock(&queue->lock);
}

/* A stream has sent on. For want of memory nothing is done: the next look finds it again. */
static void add_live_change_locked(struct file_queue *queue, struct store_request *request,
                                   uint32_t sent)
{
    struct session *session = request->hold.session;
    if (session_note(session)) {
        struct file_item *item = item_of(session);
        if (item == NULL) {
            return;
        }
        add_change_locked(queue, item);
    }
    request->written.sent = sent;
    request->written.attempt = request->attempt;
}

/* Queues the sessions whose streams have sent on since they were last written. */
static void look_through_live_locked(struct file_queue *queue, int64_t now)
{
    for (struct store_request *request = queue->live; request != NULL; request = request->next) {
        const uint32_t sent = session_sent(request->hold.session);
        if (sent != request->written.sent || request->attempt != request->written.attempt) {
            add_live_change_locked(queue, request, sent);
        }
    }
    queue->live_due = queue->live == NULL ? CLOCK_NEVER : clock_add(now, LIVE_NS);
}

/* ---- Taking out ------------------------------------------------------------------------------ */

/* Waits until something is due. */
static void wait_locked(struct file_queue *queue)
{
    for (;;) {
        const int64_t now = queue->clock->now(queue->clock);
        if (queue->live_due <= now) {
            look_through_live_locked(queue, now);
        }
        if (queue->starts.first != NULL || queue->is_closing || queue->changes_due <= now) {
            return;
        }
        const int64_t due =
            queue->live_due < queue->changes_due ? queue->live_due : queue->changes_due;
        queue->clock->wait(queue->clock, &queue->work, &queue->lock, due);
    }
}

static void add_to_batch(struct file_batch *batch, struct file_item *item)
{
    batch->items[batch->count++] = item;
}

void file_queue_take(struct file_queue *queue, struct file_batch *batch)
{
    batch->count = 0;
    (void)pthread_mutex_lock(&queue->lock);
    wait_locked(queue);
    const int64_t now = queue->clock->now(queue->clock);
    while (queue->starts.first != NULL && batch->count < FILE_BATCH_MAX) {
        add_to_batch(batch, pop(&queue->starts));
    }
    if (queue->changes_due <= now || queue->is_closing) {
        size_t room = FILE_BATCH_MAX - batch->count;
        room = room < queue->batch_limit ? room : queue->batch_limit;
        while (queue->changes.first != NULL && room > 0) {
            struct file_item *item = pop(&queue->changes);
            if (item->session != NULL) {
                session_take_note(item->session); /* what changes from now on is queued anew */
            }
            add_to_batch(batch, item);
            room--;
        }
        if (queue->changes.first == NULL) {
            queue->changes_due = CLOCK_NEVER;
        }
    }
    batch->is_last = queue->is_closing && batch->count == 0;
    batch->is_final = batch->is_last && queue->lost == 0;
    queue->batch = batch;
    queue->batch_since = now;
    (void)pthread_mutex_unlock(&queue->lock);
}

void file_queue_put_back_locked(struct file_queue *queue, struct file_item *item)
{
    if (item->session != NULL && !session_note(item->session)) {
        file_item_free(item); /* it was queued anew meanwhile */
        queue->status.queue--;
        return;
    }
    if (queue->changes.first == NULL) {
        queue->changes.last = item;
    }
    item->next = queue->changes.first;
    queue->changes.first = item;
}
