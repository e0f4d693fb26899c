/*
 * A process of its own that reads one stateful stream at full speed, and counts its numbers in
 * memory that both processes see. There is one; for the thread that starts it.
 */
#ifndef COMMS_TEST_BENCH_LIVE_READER_H
#define COMMS_TEST_BENCH_LIVE_READER_H

#include <stdint.h>

/* Starts the process. Must come before C core is started, which does not bear a fork. */
void live_reader_start(void);

/* Has it connect to this port of 127.0.0.1, and waits until its first number has come; gives up
 * after `patience_ns` nanoseconds. */
void live_reader_connect(uint16_t port, int64_t patience_ns);

/* The numbers that have come so far. */
uint64_t live_reader_numbers(void);

void live_reader_stop(void);

#endif
