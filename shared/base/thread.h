/* Threads with a name and a stack size. Every function may be called from any thread. */
#ifndef COMMS_SHARED_BASE_THREAD_H
#define COMMS_SHARED_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Sets the default: the stack of threads that are started without a size, by libraries too, in
 * bytes. The system's is 8 MiB of address space, and where that is short, no thread starts. Does
 * nothing where there is too little memory for it.
 */
void thread_set_default_stack(size_t stack_size);

/*
 * Starts a thread, which somebody must join. `stack_size` is in bytes; 0 is the default.
 * Returns 0 or an error number.
 */
int thread_start(pthread_t *ret_thread, size_t stack_size, void *(*run)(void *), void *argument);

/*
 * Whether this number of threads more, THREAD_PROBE_MAX at most, can run at the same time: starts
 * and ends them.
 */
enum { THREAD_PROBE_MAX = 64 };
bool thread_is_room_for(size_t count);

/* Names the calling thread, by at most 15 characters: debuggers and `ps -L` show the name. */
void thread_set_name(const char *name);

#endif
