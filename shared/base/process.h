/*
 * What a process asks of the system: at its start, for the main thread before others exist, and to
 * be small again after a peak, from any thread.
 */
#ifndef COMMS_SHARED_BASE_PROCESS_H
#define COMMS_SHARED_BASE_PROCESS_H

#include <stdint.h>

/* A connection needs a descriptor: takes as many as the system lets this process have. */
void process_raise_descriptor_limit(void);

/*
 * Prepares for thousands of threads that sleep. Since Linux 6.16 a process has a futex hash of its
 * own, sized by the number of processors: on a small machine 10,000 sleeping threads stand in
 * chains of hundreds, and each wake-up walks one. An older kernel refuses, and has no such hash.
 */
void process_widen_futex_hash(void);

/*
 * Lets waits of all threads started later end up to a thousandth of their time late, a millisecond
 * at most: those that end at nearly the same time then share one interrupt. `wait_ns` is how long
 * most are; below 50 ms the kernel's own 50 us stay.
 */
void process_set_timer_slack(int64_t wait_ns);

/*
 * glibc keeps small blocks that were freed, and the pages that they fill, until it is told. Takes
 * some milliseconds, in which whoever allocates may have to wait.
 */
void process_give_memory_back(void);

#endif
