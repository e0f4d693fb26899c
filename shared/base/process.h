/*
 * What a process asks of the system. The main thread calls these functions before other threads
 * exist; process_has_room and process_give_memory_back are for any thread at any time.
 */
#ifndef COMMS_SHARED_BASE_PROCESS_H
#define COMMS_SHARED_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed. Otherwise the next file or
 * socket would get its number, and what is printed would go into it. Writing to a standard output
 * that was closed goes on to fail, so that no output is lost in silence. To be called first. False
 * if a descriptor is closed and /dev/null cannot be opened.
 */
bool process_open_standard_descriptors(void);

/* Raises the limit of descriptors to the hard limit: every connection needs one. */
void process_raise_descriptor_limit(void);

/*
 * Prepares for thousands of sleeping threads. Since Linux 6.16 a process has its own futex hash,
 * sized by the number of processors. On a small machine 10,000 sleeping threads form chains of
 * hundreds, and each wake-up walks one: 100 us a number instead of 30. An older kernel has no such
 * hash, and refuses.
 */
void process_widen_futex_hash(void);

/*
 * Lets the waits of threads that start later end late, by a thousandth of `wait_ns` and a
 * millisecond at most: waits that end at nearly the same time then share one interrupt. `wait_ns`
 * is the length of most waits; below 50 ms the kernel's 50 us stay.
 */
void process_set_timer_slack(int64_t wait_ns);

/*
 * For work that has no pace: a thread that is woken does not take the processor from the one that
 * woke it, which so finishes what it does (SCHED_BATCH). A thread that waits for a processor may
 * wait some milliseconds longer. For the calling thread, and for those that start later. A process
 * that was started with a policy of its own, as by chrt(1), keeps it.
 */
void process_prefer_throughput(void);

/*
 * Whether the process could have `bytes` bytes more. Where memory is limited (`ulimit -v`, strict
 * overcommit), C core ends the process when it gets none: so we must stop to ask before that. Takes
 * some microseconds.
 */
bool process_has_room(size_t bytes);

/*
 * Has glibc give freed memory back to the system: it keeps small blocks, and the pages that they
 * fill, until it is told. Takes some milliseconds, in which other threads may wait for malloc.
 */
void process_give_memory_back(void);

#endif
