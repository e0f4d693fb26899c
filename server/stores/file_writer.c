#include "server/stores/file_writer.h"

#include "server/sessions/sessions_durable.h"
#include "server/stores/file_log.h"
#include "shared/base/thread.h"

/* From one try to the next while nothing can be written. */
#define RETRY_NS NS_PER_S

void file_writer_answer(struct sessions *sessions, struct store_request *request,
                        enum error outcome)
{
    if (outcome == ERROR_NONE) {
        sessions_confirm(sessions, &request->hold);
    } else {
        sessions_discard(sessions, &request->hold);
    }
    request->outcome = outcome;
    request->done(request);
}

/* Reads what becomes of the sessions of the batch: what they are now. */
static void describe_batch(struct file_writer *writer)
{
    for (size_t i = 0; i < writer->batch.count; i++) {
        const struct file_item *item = writer->batch.items[i];
        struct file_change *change = &writer->changes[i];
        change->is_new = item->is_start;
        if (item->session == NULL) {
            change->record.generation = item->generation;
            change->is_deleted = true;
        } else {
            change->is_deleted =
                !sessions_describe(writer->sessions, item->session, &change->record);
        }
    }
}

/* ---- After a transaction --------------------------------------------------------------------- */

/* Takes the request of a START off its item, to be answered; NULL: the watch has answered it. */
static struct store_request *take_request(struct file_writer *writer, struct file_item *item)
{
    struct store_request *request = item->request;
    item->request = NULL;
    if (request != NULL) {
        writer->answers[writer->answer_count++] = request;
    }
    return request;
}

/*
 * What becomes of an item. A START without a request was refused by the watch. A START that was
 * refused has left the map: what is put back of it deletes the session, if the file has it.
 *
 *               START with its request        START without          change
 *     WRITTEN   answered; its stream lives    put back               done
 *     FULL      refused; it is not there      done: it is not there  put back
 *     FAILED    refused; put back             put back               put back
 */
static void settle_locked(struct file_writer *writer, struct file_item *item,
                          enum file_result result)
{
    struct file_queue *queue = writer->queue;
    struct store_request *request = take_request(writer, item);
    bool is_done = result == FILE_WRITTEN;
    if (item->is_start) {
        item->is_start = false;
        is_done = result == FILE_FULL || (result == FILE_WRITTEN && request != NULL);
    }
    if (result == FILE_WRITTEN && request != NULL) {
        request->written.sent = 0;
        request->written.attempt = request->attempt;
        file_queue_add_live_locked(queue, request);
    } else if (request != NULL) {
        queue->status.refusals++;
    }
    if (is_done) {
        queue->status.queue--;
        file_item_free(item);
    } else {
        file_queue_put_back_locked(queue, item);
    }
}

/* A full file still takes changes of what is in it, so these say nothing of its room. */
static enum store_state next_state(enum store_state before, enum file_result result,
                                   bool has_only_changes)
{
    switch (result) {
    case FILE_WRITTEN:
        return before == STORE_STATE_FULL && has_only_changes ? STORE_STATE_FULL : STORE_STATE_OK;
    case FILE_FULL:
        return STORE_STATE_FULL;
    case FILE_FAILED:
        break;
    }
    return STORE_STATE_FAILING;
}

/* When the changes that are left are tried, or, if there are none, whether the store works again.
 */
static void plan_locked(struct file_queue *queue, enum file_result result)
{
    const int64_t now = queue->clock->now(queue->clock);
    const bool had_many = queue->batch_limit > 1;
    if (result == FILE_FULL) {
        queue->batch_limit = (queue->batch_limit + 3) / 4;
    } else if (result == FILE_WRITTEN && queue->batch_limit < FILE_BATCH_MAX) {
        queue->batch_limit *= 2;
    }
    if (result != FILE_WRITTEN) {
        const bool at_once = result == FILE_FULL && had_many && queue->changes.first != NULL;
        queue->changes_due = at_once ? now : clock_add(now, RETRY_NS);
    } else if (queue->changes.first == NULL) {
        const bool is_well = queue->status.state == STORE_STATE_OK;
        queue->changes_due = is_well ? CLOCK_NEVER : clock_add(now, RETRY_NS);
    }
}

static void finish_batch(struct file_writer *writer, enum file_result result, int64_t took_ns)
{
    struct file_queue *queue = writer->queue;
    bool had_starts = false;
    (void)pthread_mutex_lock(&queue->lock);
    const enum store_state before = queue->status.state;
    for (size_t i = writer->batch.count; i > 0; i--) { /* what is put back keeps its order */
        had_starts = had_starts || writer->batch.items[i - 1]->is_start;
        settle_locked(writer, writer->batch.items[i - 1], result);
    }
    if (result == FILE_WRITTEN) {
        store_latency_add(&queue->latency, took_ns);
        queue->status.writes += writer->batch.count;
    }
    const bool is_closing = queue->is_closing;
    const enum store_state now = next_state(before, result, writer->batch.count > 0 && !had_starts);
    queue->status.state = now;
    queue->batch = NULL;
    queue->is_stuck = false;
    plan_locked(queue, result);
    (void)pthread_mutex_unlock(&queue->lock);

    if (now != STORE_STATE_OK || !is_closing) { /* the last write works by the reserve */
        file_log_state(writer->path, before, now,
                       result == FILE_WRITTEN ? NULL : file_database_problem(writer->database));
    }
    const enum error outcome = result == FILE_WRITTEN ? ERROR_NONE
                               : result == FILE_FULL  ? ERROR_STORE_FULL
                                                      : ERROR_STORE_AWAY;
    while (writer->answer_count > 0) {
        file_writer_answer(writer->sessions, writer->answers[--writer->answer_count], outcome);
    }
}

/* ---- The thread ------------------------------------------------------------------------------ */

static enum file_result write_batch(struct file_writer *writer)
{
    struct file_queue *queue = writer->queue;
    const int64_t began = queue->clock->now(queue->clock);
    describe_batch(writer);
    const bool is_probe = writer->batch.count == 0 && !writer->batch.is_last;
    const enum file_result result =
        is_probe ? file_database_probe(writer->database)
                 : file_database_write(writer->database, writer->changes, writer->batch.count,
                                       writer->batch.is_final);
    finish_batch(writer, result, queue->clock->now(queue->clock) - began);
    return result;
}

/* At the end no second try is made, unless a smaller batch may help. */
static bool is_given_up(const struct file_queue *queue, enum file_result result, size_t count)
{
    return queue->is_closing && (result == FILE_FAILED || (result == FILE_FULL && count <= 1));
}

static void *run(void *argument)
{
    struct file_writer *writer = argument;
    struct file_queue *queue = writer->queue;
    bool goes_on = true;
    bool is_complete = false;
    thread_set_name("store");
    while (goes_on) {
        file_queue_take(queue, &writer->batch);
        const bool is_last = writer->batch.is_last;
        const enum file_result result = write_batch(writer);
        (void)pthread_mutex_lock(&queue->lock);
        goes_on = !is_last && !is_given_up(queue, result, writer->batch.count);
        is_complete = writer->batch.is_final && result == FILE_WRITTEN;
        (void)pthread_mutex_unlock(&queue->lock);
    }
    (void)pthread_mutex_lock(&queue->lock);
    writer->is_complete = is_complete;
    writer->has_ended = true;
    (void)pthread_cond_signal(&writer->ended);
    (void)pthread_mutex_unlock(&queue->lock);
    return NULL;
}

bool file_writer_start(struct file_writer *writer)
{
    if (clock_condition_init(&writer->ended) != 0) {
        return false;
    }
    if (thread_start(&writer->thread, 0, run, writer) != 0) {
        (void)pthread_cond_destroy(&writer->ended);
        return false;
    }
    return true;
}

bool file_writer_join(struct file_writer *writer, int64_t deadline)
{
    struct file_queue *queue = writer->queue;
    (void)pthread_mutex_lock(&queue->lock);
    while (!writer->has_ended && queue->clock->now(queue->clock) < deadline) {
        queue->clock->wait(queue->clock, &writer->ended, &queue->lock, deadline);
    }
    const bool has_ended = writer->has_ended;
    (void)pthread_mutex_unlock(&queue->lock);
    if (has_ended) {
        (void)pthread_join(writer->thread, NULL);
        (void)pthread_cond_destroy(&writer->ended);
    }
    return has_ended;
}
