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

void thread_set_name(const char *name)
{
    (void)pthread_setname_np(pthread_self(), name);
}
