/*
 * Writes the log's lines to stderr. A terminal that was stopped, a pipe that nobody reads or a slow
 * disk holds up write(2), and with it the thread that logs. So a server starts a thread for it, the
 * *writer*, with a bounded buffer. While the buffer is full, lines are dropped and counted, except
 * the last one; the count stands in the log where the lines would be:
 *
 *     2026-01-31T12:00:00.123Z warn   log lines dropped lines=17
 *
 * Before log_writer_start and after log_writer_stop a line is written at once.
 */
#ifndef COMMS_SHARED_BASE_LOG_WRITER_H
#define COMMS_SHARED_BASE_LOG_WRITER_H

#include <stddef.h>
#include <stdint.h>

/* Starts the writer, with all signals blocked. 0, or an error number. For the main thread. */
int log_writer_start(void);

/*
 * Ends the writer when it has written all lines. Waits for at most a second: then the writer is
 * given up, and later lines are lost. For the main thread.
 */
void log_writer_stop(void);

/*
 * Writes a line of at most LOG_LINE_SIZE bytes, its newline included. While the writer runs this
 * never waits for stderr. From any thread.
 */
void log_writer_put(const char *line, size_t length);

/* How many lines were dropped, or could not be written, since the start. From any thread. */
uint64_t log_writer_dropped(void);

#endif
