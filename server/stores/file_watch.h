/*
 * The thread that answers STARTs for which the disk takes too long, so that no stream, and not the
 * stop of the server, waits for a disk that hangs. It sleeps while no START waits.
 */
#ifndef COMMS_SERVER_STORES_FILE_WATCH_H
#define COMMS_SERVER_STORES_FILE_WATCH_H

#include "server/sessions/sessions.h"
#include "server/stores/file_queue.h"

#include <pthread.h>
#include <stdbool.h>

struct file_watch {
    /* not owned; all outlive the thread */
    const char *path;
    struct file_queue *queue;
    struct sessions *sessions;

    pthread_t thread;
};

/* The fields "not owned" are set. False: no thread runs. */
bool file_watch_start(struct file_watch *watch);

/* After file_queue_close: waits for the thread's end. */
void file_watch_join(struct file_watch *watch);

#endif
