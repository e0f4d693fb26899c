/*
 * C core's executor: a few threads that run what C core may not do in the thread that finds it. It
 * starts them one by one, when its work piles up, up to two a processor. It does not notice that a
 * thread could not be started, and what it gives to this thread is never done: calls hang, and the
 * end of the process with them.
 */
#ifndef COMMS_SHARED_GRPC_EXECUTOR_H
#define COMMS_SHARED_GRPC_EXECUTOR_H

#include <stdbool.h>

/*
 * Has the executor start all its threads now, so that none is missing later, when the system has no
 * more. After grpc_setup, once, from the main thread. False: the system has too few threads, and
 * the caller must end the process by _exit.
 */
bool executor_start_threads(void);

#endif
