#include "server/work/spare_threads.h"

#include "shared/base/thread.h"

static void *run(void *argument)
{
    struct spare_threads *spare = argument;
    thread_set_name("spare");
    (void)pthread_mutex_lock(&spare->lock);
    while (!spare->is_released) {
        (void)pthread_cond_wait(&spare->released, &spare->lock);
    }
    (void)pthread_mutex_unlock(&spare->lock);
    return NULL;
}

static void start(struct spare_threads *spare)
{
    while (spare->count < SPARE_THREADS &&
           thread_start(&spare->threads[spare->count], 0, run, spare) == 0) {
        spare->count++;
    }
}

static void join(struct spare_threads *spare)
{
    for (size_t i = 0; i < spare->count; i++) {
        (void)pthread_join(spare->threads[i], NULL);
    }
    spare->count = 0;
}

int spare_threads_init(struct spare_threads *spare)
{
    spare->is_released = false;
    spare->count = 0;
    int error = pthread_mutex_init(&spare->lock, NULL);
    if (error != 0) {
        return error;
    }
    error = pthread_cond_init(&spare->released, NULL);
    if (error != 0) {
        (void)pthread_mutex_destroy(&spare->lock);
        return error;
    }
    start(spare);
    return 0;
}

void spare_threads_release(struct spare_threads *spare)
{
    (void)pthread_mutex_lock(&spare->lock);
    spare->is_released = true;
    (void)pthread_cond_broadcast(&spare->released);
    (void)pthread_mutex_unlock(&spare->lock);
}

bool spare_threads_restore(struct spare_threads *spare)
{
    join(spare);
    (void)pthread_mutex_lock(&spare->lock);
    spare->is_released = false;
    (void)pthread_mutex_unlock(&spare->lock);
    start(spare);
    if (spare->count < SPARE_THREADS) {
        spare_threads_release(spare);
        return false;
    }
    return true;
}

void spare_threads_cleanup(struct spare_threads *spare)
{
    spare_threads_release(spare);
    join(spare);
    (void)pthread_cond_destroy(&spare->released);
    (void)pthread_mutex_destroy(&spare->lock);
}
