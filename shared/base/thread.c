#define _GNU_SOURCE /* pthread_setattr_default_np, pthread_setname_np */

#include "shared/base/thread.h"

void thread_set_default_stack(size_t stack_size)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) == 0) {
        (void)pthread_attr_setstacksize(&attributes, stack_size);
        (void)pthread_setattr_default_np(&attributes);
        (void)pthread_attr_destroy(&attributes);
    }
}

int thread_start(pthread_t *ret_thread, size_t stack_size, void *(*run)(void *), void *argument)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) {
        return error;
    }
    if (stack_size != 0) {
        error = pthread_attr_setstacksize(&attributes, stack_size);
    }
    if (error == 0) {
        error = pthread_create(ret_thread, &attributes, run, argument);
    }
    (void)pthread_attr_destroy(&attributes);
    return error;
}

/* Ends when the prober has started all threads, and lets go of the lock. */
static void *wait_for_others(void *lock)
{
    (void)pthread_mutex_lock(lock);
    (void)pthread_mutex_unlock(lock);
    return NULL;
}

bool thread_is_room_for(size_t count)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[THREAD_PROBE_MAX];
    size_t started = 0;
    (void)pthread_mutex_lock(&lock);
    while (started < count && started < THREAD_PROBE_MAX &&
           thread_start(&threads[started], 0, wait_for_others, &lock) == 0) {
        started++;
    }
    (void)pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    (void)pthread_mutex_destroy(&lock);
    return started == count;
}

void thread_set_name(const char *name)
{
    (void)pthread_setname_np(pthread_self(), name);
}
