/*
 * What a worker counts: words of its own, written by its thread alone and read by whoever sums them
 * up. Nothing that is shared is written for a number.
 */
#ifndef COMMS_SERVER_WORK_COUNTERS_H
#define COMMS_SERVER_WORK_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

struct counters {
    atomic_uint_fast64_t received; /* messages of clients */
    atomic_uint_fast64_t sent;     /* messages, those that tell a failure not counted */
};

/* Sums over workers. */
struct counts {
    uint64_t streams; /* handed to a worker */
    uint64_t received;
    uint64_t sent;
};

/* Counts one. For the worker's thread: no other one writes, so no locked instruction is needed. */
static inline void counters_increment(atomic_uint_fast64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

/* Adds what the counters have now. From any thread. */
static inline void counters_add_to(struct counters *counters, struct counts *counts)
{
    counts->received += atomic_load_explicit(&counters->received, memory_order_relaxed);
    counts->sent += atomic_load_explicit(&counters->sent, memory_order_relaxed);
}

#endif
