/*
 * Calls a library that reads a mapped file, and comes back even if the file cannot be read: the
 * kernel then sends SIGBUS, which would end the process. That happens when the disk fails, or when
 * somebody cuts the file short.
 */
#ifndef COMMS_SERVER_STORES_FILE_GUARD_H
#define COMMS_SERVER_STORES_FILE_GUARD_H

#include <stdbool.h>

/*
 * Handles SIGBUS from now on, and ignores SIGXFSZ, so that a write beyond the limit of file sizes
 * is an error only. False: the system does not allow it.
 */
bool file_guard_prepare(void);

/*
 * Calls call(argument). False: it was broken off. Then whatever it had begun to change is in an
 * unknown state and must not be used again, and what it had allocated is lost. It must hold no lock
 * that others need. From any thread; not within another such call.
 */
bool file_guard_call(void (*call)(void *argument), void *argument);

/* Breaks off the call that this thread is in; returns if there is none. */
void file_guard_break_off(void);

#endif
