/* What a process holds, as /proc shows it. For the test's own thread. */
#ifndef COMMS_TEST_FAULTS_FOOTPRINT_H
#define COMMS_TEST_FAULTS_FOOTPRINT_H

#include <stdbool.h>
#include <stdint.h>

enum { KIB_IN_MIB = 1024 };

/* KiB of memory that it has now. */
uint64_t footprint_kib(int pid);

/* Begins a new peak at what it has now; returns that, in KiB. */
uint64_t footprint_begin_peak(int pid);

/* KiB of memory that it had at most since footprint_begin_peak. */
uint64_t footprint_peak_kib(int pid);

uint64_t footprint_descriptors(int pid);
uint64_t footprint_threads(int pid);

/* Looks again and again until it has so little. False: not within the time. */
bool footprint_await_kib(int pid, uint64_t limit, int timeout_ms);
bool footprint_await_descriptors(int pid, uint64_t limit, int timeout_ms);

/*
 * Prints by how many MiB the peak is above `before_kib`, and fails the test if it is more than the
 * limit. Sanitizers need far more memory for their own data, and are not held to it.
 */
void footprint_expect_growth(int pid, const char *what, uint64_t before_kib, uint64_t limit_mib);

#endif
