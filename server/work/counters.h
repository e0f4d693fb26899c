/*
 * The counters of a worker. Only the worker's thread writes them; any thread may read and sum them.
 * So
 * no word that changes per number is shared between workers.
 */
#ifndef COMMS_SERVER_WORK_COUNTERS_H
#define COMMS_SERVER_WORK_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

struct counters {
    atomic_uint_fast64_t received; /* messages from the client */
    atomic_uint_fast64_t sent;     /* messages to the client, without those about a failure */
};

/* Sums over workers. */
struct counts {
    uint64_t streams; /* streams that a worker has begun to serve */
    uint64_t received;
    uint64_t sent;
};

/* Adds one. For the worker's thread, the only writer: so it needs no locked instruction. */
static inline void counters_increment(atomic_uint_fast64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

/* Adds the counters' present values to the sums. From any thread. */
static inline void counters_add_to(struct counters *counters, struct counts *counts)
{
    counts->received += atomic_load_explicit(&counters->received, memory_order_relaxed);
    counts->sent += atomic_load_explicit(&counters->sent, memory_order_relaxed);
}

#endif
