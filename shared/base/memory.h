/*
 * Gives memory back to the system after a peak; no other place does. The thread pool, the
 * sessions and the acceptor with its refusals report the bytes that they use and release. A second
 * after half of a peak was released, or 32 MiB of it, a thread gives back what glibc keeps, unless
 * it is used again. By then C core has released its part, too, and a thread that released much at
 * once has ended its work and does not have to wait for the allocator.
 *
 * memory_use and memory_release may be called from any thread, and take no lock.
 */
#ifndef COMMS_SHARED_BASE_MEMORY_H
#define COMMS_SHARED_BASE_MEMORY_H

#include "shared/base/clock.h"

#include <stdint.h>

struct memory;

/*
 * Bytes released since the peak: to give back less is not worth the time; this much always is, also
 * where it is less than half.
 */
enum { MEMORY_WORTH_MIN = 1536 * 1024, MEMORY_WORTH_ALWAYS = 32 * 1024 * 1024 };

/*
 * Starts the thread, which calls `give_back`: process_give_memory_back, or a test's function. NULL
 * if memory or a thread is missing.
 */
struct memory *memory_start(const struct clock *clock, void (*give_back)(void));

/* Ends the thread, waits for it, and frees everything. NULL: does nothing. */
void memory_stop(struct memory *memory);

/* These bytes are used from now on, or no more. NULL: they are not counted. */
void memory_use(struct memory *memory, uint64_t bytes);
void memory_release(struct memory *memory, uint64_t bytes);

#endif
