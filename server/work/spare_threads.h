/*
 * A few threads that only wait: room for C core. It starts threads of its own when work piles up,
 * and what it gives to one that could not be started is never done. When a worker cannot be
 * started, the process may have no more threads; these then make room.
 */
#ifndef COMMS_SERVER_WORK_SPARE_THREADS_H
#define COMMS_SERVER_WORK_SPARE_THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Two executors of two threads a core, and a few for events and timers, on small machines. */
enum { SPARE_THREADS = 12 };

struct spare_threads {
    pthread_mutex_t lock;
    pthread_cond_t released;
    bool is_released; /* lock */
    size_t count;     /* fewer, where not all could be started */
    pthread_t threads[SPARE_THREADS];
};

/* 0, or an error number and nothing to clean up. */
int spare_threads_init(struct spare_threads *spare);

/* Ends the threads, soon; once is enough. From any thread. */
void spare_threads_release(struct spare_threads *spare);

/* Releases the threads and waits for them. */
void spare_threads_cleanup(struct spare_threads *spare);

#endif
