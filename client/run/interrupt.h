/*
 * A thread that waits for SIGINT and SIGTERM: the first signal stops the fleet, the second one ends
 * the process.
 */
#ifndef COMMS_CLIENT_RUN_INTERRUPT_H
#define COMMS_CLIENT_RUN_INTERRUPT_H

#include "client/run/fleet.h"

#include <stdatomic.h>

struct interrupt {
    struct fleet *fleet; /* not owned; must outlive the thread */
    pthread_t thread;
    atomic_int number; /* the signal that came first; 0: none */
};

/* Blocks the signals in the calling thread and the threads that it starts: call it first of all. */
void interrupt_block(void);

/* Starts the thread. 0, or an error number and no thread was started. */
int interrupt_start(struct interrupt *interrupt, struct fleet *fleet);

/* Ends the thread and joins it. Returns the signal that came first, or 0. */
int interrupt_stop(struct interrupt *interrupt);

#endif
