/*
 * Ctrl-C and SIGTERM, taken by a thread of their own: the first one stops the fleet in good order,
 * the second one ends the process.
 */
#ifndef COMMS_CLIENT_RUN_INTERRUPT_H
#define COMMS_CLIENT_RUN_INTERRUPT_H

#include "client/run/fleet.h"

#include <stdatomic.h>

struct interrupt {
    struct fleet *fleet; /* not owned; must outlive the thread */
    pthread_t thread;
    atomic_int number; /* the signal that came, or 0 */
};

/* Blocks the signals in the calling thread and those that it starts. Before any thread exists. */
void interrupt_block(void);

/* 0, or an error number and nothing started. */
int interrupt_start(struct interrupt *interrupt, struct fleet *fleet);

/* Ends the thread. Returns the signal that came, or 0. */
int interrupt_stop(struct interrupt *interrupt);

#endif
