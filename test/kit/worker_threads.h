/* The worker threads of a server, seen from outside: nothing tells of them but looking. */
#ifndef COMMS_TEST_KIT_WORKER_THREADS_H
#define COMMS_TEST_KIT_WORKER_THREADS_H

#include "test/kit/programs.h"

#include <stddef.h>
#include <stdint.h>

struct worker_threads {
    unsigned count;
    unsigned runnable; /* of them, those that run or wait for a processor */
    uint64_t wake_ups; /* how often they were woken, in all */
    uint64_t ran_ns;   /* how long they ran, in all */
};

struct worker_threads look_at_workers(const struct program *server);

/* Looks until no worker thread has run for a while, or wants to: all wait for something else than a
 * processor. */
void await_idle_workers(const struct program *server);

/* Looks until the server has at most this many worker threads. */
void await_at_most_workers(const struct program *server, unsigned limit);

#endif
