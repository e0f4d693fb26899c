/*
 * A few threads that only wait: room for C core. C core starts threads of its own when work piles
 * up, and never does the work that it gave to a thread that could not be started. When a worker
 * cannot be started, the process may have no more threads; the spare ones then make room.
 */
#ifndef COMMS_SERVER_WORK_SPARE_THREADS_H
#define COMMS_SERVER_WORK_SPARE_THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Two executors of two threads a core, and a few for events and timers, on small machines. */
enum { SPARE_THREADS = 12 };

struct spare_threads {
    pthread_mutex_t lock; /* a leaf lock */
    pthread_cond_t released;
    bool is_released; /* lock */

    /* who initialised it, restores it and cleans it up: one thread at a time */
    size_t count; /* that were started and not joined: fewer, where not all could be started */
    pthread_t threads[SPARE_THREADS];
};

/* 0, or an error number and nothing to clean up. */
int spare_threads_init(struct spare_threads *spare);

/* Ends the threads, soon; once is enough. From any thread. */
void spare_threads_release(struct spare_threads *spare);

/*
 * After a release: starts the threads again. True: all of them, so the shortage is over. False: it
 * is not, and those that could be started were released again.
 */
bool spare_threads_restore(struct spare_threads *spare);

/* Releases the threads and waits for them. */
void spare_threads_cleanup(struct spare_threads *spare);

#endif
