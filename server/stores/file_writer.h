/*
 * The thread that writes the file. It takes all that came while it wrote the batch before, and
 * writes it in one transaction: a group commit. So the more clients there are, the fewer times a
 * session waits for the disk. Then it answers the STARTs of the batch.
 */
#ifndef COMMS_SERVER_STORES_FILE_WRITER_H
#define COMMS_SERVER_STORES_FILE_WRITER_H

#include "server/sessions/sessions.h"
#include "server/sessions/store.h"
#include "server/stores/file_database.h"
#include "server/stores/file_queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct file_writer {
    /* not owned; all outlive the thread */
    const char *path;
    struct file_queue *queue;
    struct sessions *sessions;
    struct file_database *database;

    pthread_t thread;
    pthread_cond_t ended; /* signalled for has_ended */

    /* queue.lock */
    bool has_ended;
    bool is_complete; /* valid when it has ended: all was written, and the file says so */

    /* the thread's */
    struct file_batch batch;
    struct file_change changes[FILE_BATCH_MAX];
    struct store_request *answers[FILE_BATCH_MAX];
    size_t answer_count;
};

/* The fields "not owned" are set. False: a resource is missing, and no thread runs. */
bool file_writer_start(struct file_writer *writer);

/* After file_queue_close: waits for the thread's end, until `deadline` on the queue's clock. False:
 * it still runs. */
bool file_writer_join(struct file_writer *writer, int64_t deadline);

/* Gives a START its answer; the hold is confirmed or discarded. Without a lock. From any thread. */
void file_writer_answer(struct sessions *sessions, struct store_request *request,
                        enum error outcome);

#endif
