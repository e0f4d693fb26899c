/* Threads with a name and a stack size. */
#ifndef COMMS_SHARED_BASE_THREAD_H
#define COMMS_SHARED_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

/*
 * Starts a joinable thread. `stack_size` in bytes; 0 is the system's default. Returns 0 or an error
 * number. Any thread may call it.
 */
int thread_start(pthread_t *ret_thread, size_t stack_size, void *(*run)(void *), void *argument);

/* Names the calling thread, in at most 15 characters: debuggers and `ps -L` show it. */
void thread_set_name(const char *name);

#endif
