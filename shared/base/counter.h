/*
 * Counters that one thread writes and any thread reads: a plain word each. To count takes no locked
 * instruction, and no word that other threads write.
 */
#ifndef COMMS_SHARED_BASE_COUNTER_H
#define COMMS_SHARED_BASE_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

/* For the thread that writes the counter. */
static inline void counter_add(atomic_uint_fast64_t *counter, uint64_t amount)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + amount, memory_order_relaxed);
}

/* From any thread. */
static inline uint64_t counter_read(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
