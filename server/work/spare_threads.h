/*
 * A few threads that only wait, to keep room for C core. C core starts more threads when its work
 * piles up. If it cannot start one, the work that it gave to this thread is never done. So when a
 * worker's thread cannot be started, the spare threads end, and C core finds room for its own:
 * their stacks are of the default size, as those of C core's threads are.
 */
#ifndef COMMS_SERVER_WORK_SPARE_THREADS_H
#define COMMS_SERVER_WORK_SPARE_THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Enough for a small machine: two executors of two threads a processor, events and timers. */
enum { SPARE_THREADS = 12 };

struct spare_threads {
    pthread_mutex_t lock; /* a leaf lock */
    pthread_cond_t released;
    bool is_released; /* lock */

    /* used by spare_threads_init, _restore and _cleanup only: one of these at a time */
    size_t count; /* threads that were started and not joined; SPARE_THREADS at most */
    pthread_t threads[SPARE_THREADS];
};

/* Starts as many threads as it can. Returns 0, or an error number and nothing to clean up. */
int spare_threads_init(struct spare_threads *spare);

/* Tells the threads to end, and does not wait. Twice is as good as once. From any thread. */
void spare_threads_release(struct spare_threads *spare);

/*
 * Starts the threads again after a release. True: all have started, so the shortage is over. False:
 * some have not, and all are released again.
 */
bool spare_threads_restore(struct spare_threads *spare);

/* Releases the threads and waits for their end. */
void spare_threads_cleanup(struct spare_threads *spare);

#endif
