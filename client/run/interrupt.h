/*
 * A thread that waits for SIGINT and SIGTERM: the first signal stops the fleet, a second one ends
 * the process. One Ctrl-C may arrive twice, such as from `timeout`, which signals its child and
 * then the child's group: the same signal within a second is no second one.
 *
 * A client whose output nobody takes must end, too: if the output stays blocked for half a second
 * after a signal, the thread ends the process. It does the same if the streams do not end: without
 * memory or threads C core may lose a call.
 */
#ifndef COMMS_CLIENT_RUN_INTERRUPT_H
#define COMMS_CLIENT_RUN_INTERRUPT_H

#include "client/run/fleet.h"

#include <stdatomic.h>
#include <stdbool.h>

struct interrupt {
    struct fleet *fleet; /* not owned */
    bool (*is_blocked)(const void *context);
    const void *context;
    pthread_t thread;
    atomic_int number; /* the signal that came first; 0: none */
    atomic_bool is_ending;

    /* The thread's own. */
    int64_t first_at;      /* when the first signal came */
    int64_t blocked_since; /* CLOCK_NEVER: the output is not blocked, or no signal came */
};

/* Blocks the signals in the calling thread and the threads that it starts. Nothing that blocks may
 * happen between this and interrupt_start. */
void interrupt_block(void);

/*
 * Starts the thread. `is_blocked` tells, in that thread, whether an output of the client takes
 * nothing more at this moment. All arguments must outlive the thread. 0, or an error number and no
 * thread was started.
 */
int interrupt_start(struct interrupt *interrupt, struct fleet *fleet,
                    bool (*is_blocked)(const void *context), const void *context);

/* The signal that came first, or 0. */
int interrupt_number(const struct interrupt *interrupt);

/* Ends the thread and joins it. */
void interrupt_stop(struct interrupt *interrupt);

#endif
