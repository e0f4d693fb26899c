#include "server/stores/file_watch.h"

#include "server/stores/file_log.h"
#include "server/stores/file_writer.h"
#include "shared/base/thread.h"

/* How long a START waits for one write. */
#define WAIT_NS (5 * NS_PER_S)

/* Takes an item's request; returns the list with it in front. */
static struct store_request *take_request(struct file_item *item, struct store_request *list)
{
    struct store_request *request = item->request;
    if (request == NULL) {
        return list;
    }
    item->request = NULL;
    request->next = list;
    return request;
}

/* Takes all STARTs that wait. Their items stay: the writer deletes what it may have written. */
static struct store_request *take_all_locked(struct file_queue *queue)
{
    struct store_request *list = NULL;
    for (size_t i = 0; i < queue->batch->count; i++) {
        list = take_request(queue->batch->items[i], list);
    }
    for (struct file_item *item = queue->starts.first; item != NULL; item = item->next) {
        list = take_request(item, list);
    }
    for (struct store_request *request = list; request != NULL; request = request->next) {
        queue->status.refusals++;
    }
    return list;
}

/* Waits until a batch takes too long, and returns the STARTs that wait; NULL: the queue is closed.
 */
static struct store_request *await_stuck_locked(struct file_queue *queue)
{
    while (!queue->is_closing) {
        const int64_t now = queue->clock->now(queue->clock);
        const bool is_busy = queue->batch != NULL || queue->starts.first != NULL;
        const int64_t due = clock_add(queue->batch != NULL ? queue->batch_since : now, WAIT_NS);
        if (queue->batch != NULL && due <= now) {
            struct store_request *list = take_all_locked(queue);
            if (list != NULL) {
                return list;
            }
        }
        queue->watch_sleeps = !is_busy || due <= now;
        queue->clock->wait(queue->clock, &queue->watched, &queue->lock,
                           queue->watch_sleeps ? CLOCK_NEVER : due);
        queue->watch_sleeps = false;
    }
    return NULL;
}

static void *run(void *argument)
{
    struct file_watch *watch = argument;
    struct file_queue *queue = watch->queue;
    struct store_request *list = NULL;
    thread_set_name("store-watch");
    do {
        (void)pthread_mutex_lock(&queue->lock);
        list = await_stuck_locked(queue);
        const enum store_state before = queue->status.state;
        if (list != NULL) {
            queue->is_stuck = true;
            queue->status.state = STORE_STATE_FAILING;
        }
        (void)pthread_mutex_unlock(&queue->lock);
        const bool is_stuck = list != NULL;
        if (is_stuck) {
            file_log_state(watch->path, before, STORE_STATE_FAILING,
                           "a write takes more than 5s; see the disk");
        }
        while (list != NULL) {
            struct store_request *next = list->next;
            file_writer_answer(watch->sessions, list, ERROR_STORE_AWAY);
            list = next;
        }
        if (!is_stuck) {
            return NULL;
        }
    } while (true);
}

bool file_watch_start(struct file_watch *watch)
{
    return thread_start(&watch->thread, 0, run, watch) == 0;
}

void file_watch_join(struct file_watch *watch)
{
    (void)pthread_join(watch->thread, NULL);
}
