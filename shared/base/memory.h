/*
 * Gives memory back to the system after a peak: the one place that knows when. Who uses much memory
 * says how much it takes and lets go of. A second after half of what was used at the peak has been
 * released, a thread gives back what glibc keeps: then C core has let go of its part too, and who
 * released much at a time is done and need not wait for the allocator.
 *
 * Every function may be called from any thread, and takes no lock.
 */
#ifndef COMMS_SHARED_BASE_MEMORY_H
#define COMMS_SHARED_BASE_MEMORY_H

#include "shared/base/clock.h"

#include <stdint.h>

struct memory;

/* Less than this is not worth the time: bytes that were released since the peak. */
enum { MEMORY_WORTH_MIN = 1536 * 1024 };

/*
 * Starts the thread. `give_back` is process_give_memory_back, or a test's. NULL where memory or a
 * thread is missing.
 */
struct memory *memory_start(const struct clock *clock, void (*give_back)(void));

/* Ends the thread, waits for it, and frees everything. NULL: nothing. */
void memory_stop(struct memory *memory);

/* Some bytes are used, or used no more. With NULL nobody keeps account. */
void memory_use(struct memory *memory, uint64_t bytes);
void memory_release(struct memory *memory, uint64_t bytes);

#endif
