/* Threads with a name and a stack size. Every function may be called from any thread. */
#ifndef COMMS_SHARED_BASE_THREAD_H
#define COMMS_SHARED_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Starts a thread, which somebody must join. `stack_size` is in bytes; 0 is the system's default.
 * Returns 0 or an error number.
 */
int thread_start(pthread_t *ret_thread, size_t stack_size, void *(*run)(void *), void *argument);

/*
 * Whether so many more threads, THREAD_PROBE_MAX at most, can run at the same time: starts and ends
 * them.
 */
enum { THREAD_PROBE_MAX = 64 };
bool thread_is_room_for(size_t count);

/* Names the calling thread, by at most 15 characters: debuggers and `ps -L` show the name. */
void thread_set_name(const char *name);

#endif
