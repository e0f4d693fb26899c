/*
 * The sessions that wait to be written to the file. Workers and the reaper put them in, the writer
 * takes them out in batches: starts at once, since clients wait for them, and changes of other
 * sessions after CHANGES_NS, or LIVE_NS where streams only sent on. An item says which session
 * changed; what is written of it is what the session is when the batch is taken.
 *
 * A session that has a change in the queue gets no second one, so the queue is no longer than there
 * are sessions and records, however long the disk is full.
 *
 * The lock is a leaf lock. From any thread, where nothing else is said.
 */
#ifndef COMMS_SERVER_STORES_FILE_QUEUE_H
#define COMMS_SERVER_STORES_FILE_QUEUE_H

#include "server/sessions/sessions.h"
#include "server/sessions/store.h"
#include "shared/base/clock.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILE_BATCH_MAX = 1024 }; /* sessions in one transaction */

struct file_item {
    struct file_item *next;
    struct session
        *session; /* one reference; NULL: only `generation` is known, of one that ended */
    uint64_t generation;
    bool is_start;
    struct store_request *request; /* a START that waits for it, or NULL: queue.lock */
};

struct file_items {
    struct file_item *first;
    struct file_item *last;
};

/* What the writer has in hand. */
struct file_batch {
    struct file_item *items[FILE_BATCH_MAX];
    size_t count;
    bool is_last;  /* the queue is closed, and empty */
    bool is_final; /* it is the last one, and no change was lost */
};

struct file_queue {
    const struct clock *clock;
    pthread_mutex_t lock;

    /* lock */
    pthread_cond_t work; /* for the writer */
    struct file_items starts;
    struct file_items changes;
    int64_t changes_due;        /* time on the clock; CLOCK_NEVER: there are none */
    struct store_request *live; /* streams that own their sessions, by next and previous */
    int64_t live_due;           /* when their sessions are looked through; CLOCK_NEVER: none */
    struct file_batch *batch;   /* that the writer has in hand; NULL: none */
    int64_t batch_since;        /* time on the clock */
    size_t batch_limit;         /* changes in one batch: fewer while the disk is full */
    pthread_cond_t watched; /* for the watch: it is asleep, and there is a START; or is_closing */
    bool watch_sleeps;
    bool is_stuck; /* a batch takes too long */
    bool is_closing;
    uint64_t lost; /* changes, for want of memory: what the file has at the end is not final */
    struct store_status status; /* except its latency */

    struct store_latency latency; /* the writer counts */
};

/* Whether a write takes too long: then no START is to be queued. */
bool file_queue_is_stuck(struct file_queue *queue);

/* Queues a START; the writer answers it, or the watch. */
void file_queue_add_start(struct file_queue *queue, struct file_item *item);

/* The session has changed. */
void file_queue_add_change(struct file_queue *queue, struct session *session);

/* The session of this generation has ended. */
void file_queue_add_end(struct file_queue *queue, uint64_t generation);

/* The request's stream owns its session from now on, until file_queue_remove_live. */
void file_queue_add_live(struct file_queue *queue, struct store_request *request);
void file_queue_add_live_locked(struct file_queue *queue, struct store_request *request);
void file_queue_remove_live(struct file_queue *queue, struct store_request *request);

/* Changes that wait, that the writer has in hand, and that were lost. At the end: all of which the
 * file does not know. */
uint64_t file_queue_unwritten(struct file_queue *queue);

/* Lets the writer write the rest, and then end. */
void file_queue_close(struct file_queue *queue);

/*
 * Waits until there is something to write, and takes it; batch->is_last comes once, after
 * file_queue_close. For the writer.
 */
void file_queue_take(struct file_queue *queue, struct file_batch *batch);

/* Puts an item of the batch back in front, to be written later. For the writer, with the lock. */
void file_queue_put_back_locked(struct file_queue *queue, struct file_item *item);

/* Frees an item, and drops its reference. */
void file_item_free(struct file_item *item);

/* All zeroes before. False: a resource is missing. For one thread. */
bool file_queue_init(struct file_queue *queue, const struct clock *clock);
/* Frees what is left. For one thread. */
void file_queue_cleanup(struct file_queue *queue);

#endif
